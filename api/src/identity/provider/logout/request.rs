//! Which client asks for the logout, and where it wants people back.

use crate::{
    http::visit::{Fields, Refusal, Visit},
    identity::provider::clients::{self, Client},
    store::prelude::*,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use url::form_urlencoded;

#[derive(Deserialize)]
struct Hint {
    iss: String,
    aud: String,
}

/// The client that is named, by itself or by the ID token that it was given. The hint may long be expired (OIDC
/// RP-Initiated Logout §4), and is believed nothing but the client's name: where people go is registered, and who is
/// signed out is the browser's own session.
pub(super) async fn client(
    visit: &Visit,
    transaction: &mut Transaction,
    fields: &Fields,
) -> Result<Option<Client>, Refusal> {
    let hinted = fields.get("id_token_hint").and_then(|hint| {
        let payload = URL_SAFE_NO_PAD.decode(hint.split('.').nth(1)?).ok()?;
        let hint: Hint = serde_json::from_slice(&payload).ok()?;
        (hint.iss == visit.service.identifier).then_some(hint.aud)
    });
    let name = fields.get("client_id").map(str::to_owned).or(hinted);
    match name {
        Some(name) => Ok(clients::find(transaction, &name).await?),
        None => Ok(None),
    }
}

/// The registered address that people are shown the way back to. A link and not a redirection: nobody is thrown to
/// another site by a link they followed (CWE-601).
pub(super) fn back(fields: &Fields, client: Option<&Client>) -> Option<String> {
    let uri = fields
        .get("post_logout_redirect_uri")
        .filter(|uri| client.is_some_and(|it| it.sends_back_to(uri)))?;
    let Some(state) = fields.get("state") else { return Some(uri.to_owned()) };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    let joint = if uri.contains('?') { '&' } else { '?' };
    Some(format!("{uri}{joint}{query}"))
}
