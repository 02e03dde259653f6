//! The authorization endpoint: whoever is to sign in is signed in at once.

use super::{Pending, lock};
use crate::forge::Issuer;
use std::collections::HashMap;
use uuid::Uuid;

impl Issuer {
    /// Where a browser that comes with this query is sent; `None` where a provider shows an error page.
    #[must_use]
    pub fn authorize(&self, query: &HashMap<String, String>) -> Option<String> {
        let client = lock(&self.flow.client).clone()?;
        let person = lock(&self.flow.person).clone()?;
        let given = |name: &str| query.get(name).map(String::as_str);
        let honest = given("response_type") == Some("code")
            && given("client_id") == Some(&client.client_id)
            && given("redirect_uri") == Some(&client.redirect_uri)
            && given("code_challenge_method") == Some("S256")
            && given("scope").is_some_and(|scope| scope.split(' ').any(|word| word == "openid"));
        if !honest {
            return None;
        }
        let code = Uuid::new_v4().simple().to_string();
        let pending = Pending {
            client_id: client.client_id,
            redirect_uri: client.redirect_uri.clone(),
            nonce: query.get("nonce").cloned(),
            challenge: query.get("code_challenge")?.clone(),
            person,
        };
        lock(&self.flow.codes).insert(code.clone(), pending);
        let mut answer = vec![
            ("code".to_owned(), code),
            ("state".to_owned(), query.get("state").cloned().unwrap_or_default()),
            ("iss".to_owned(), self.url().to_owned()),
        ];
        if let Some(bend) = &lock(&self.flow.bend).response {
            bend(&mut answer);
        }
        Some(format!("{}?{}", client.redirect_uri, super::super::form::encode(&answer)))
    }
}
