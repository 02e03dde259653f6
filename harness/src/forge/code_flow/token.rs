//! The token endpoint.

use super::{Pending, Person, lock};
use crate::forge::{ForgeError, Issuer, TokenRecipe};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::atomic::Ordering};
use uuid::Uuid;

impl Issuer {
    /// The answer to a token request: its status and its document.
    pub(in crate::forge) fn token(
        &self,
        authorization: Option<&str>,
        form: &HashMap<String, String>,
    ) -> (u16, Value) {
        self.flow.exchanges.fetch_add(1, Ordering::Relaxed);
        if lock(&self.flow.bend).failing {
            return (500, Value::Null);
        }
        let client = lock(&self.flow.client).clone();
        if !client.is_some_and(|client| client.proved(self.url(), authorization, form)) {
            return (401, json!({ "error": "invalid_client" }));
        }
        let pending = form.get("code").and_then(|code| {
            let mut codes = lock(&self.flow.codes);
            if lock(&self.flow.bend).codes_last { codes.get(code).cloned() } else { codes.remove(code) }
        });
        let Some(pending) = pending.filter(|pending| pending.fits(form)) else {
            return (400, json!({ "error": "invalid_grant" }));
        };
        match self.id_token(&pending).and_then(|recipe| {
            let recipe = match &lock(&self.flow.bend).id_token {
                Some(bend) => bend(recipe),
                None => recipe,
            };
            recipe.sign()
        }) {
            Ok(token) => (
                200,
                json!({
                    "access_token": Uuid::new_v4().to_string(), "token_type": "Bearer", "expires_in": 300,
                    "id_token": token,
                }),
            ),
            Err(_) => (500, Value::Null),
        }
    }

    fn id_token(&self, pending: &Pending) -> Result<TokenRecipe, ForgeError> {
        let recipe = self.identity_recipe(&pending.client_id, &pending.person)?;
        Ok(match &pending.nonce {
            Some(nonce) => recipe.claim("nonce", nonce.as_str()),
            None => recipe,
        })
    }

    /// A perfect ID token for this client, but for the `nonce`, which belongs to a transaction.
    ///
    /// # Errors
    /// When the issuer has no key.
    pub fn identity_recipe(&self, client_id: &str, person: &Person) -> Result<TokenRecipe, ForgeError> {
        let key = self.key().ok_or(ForgeError::Key)?;
        let recipe = TokenRecipe::new(key, person.0.clone())
            .claim("iss", self.url())
            .claim("aud", client_id)
            .claim("auth_time", crate::clock::unix_seconds())
            .header("typ", "JWT");
        Ok(recipe)
    }
}

impl Pending {
    fn fits(&self, form: &HashMap<String, String>) -> bool {
        let verifier = form.get("code_verifier").map(String::as_str).unwrap_or_default();
        let challenge = BASE64URL.encode(digest(&SHA256, verifier.as_bytes()));
        form.get("grant_type").is_some_and(|grant| grant == "authorization_code")
            && form.get("redirect_uri") == Some(&self.redirect_uri)
            && challenge == self.challenge
    }
}
