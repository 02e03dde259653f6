//! Which client asks.

use crate::{
    http::visit::{OAuthError, Refusal, Visit},
    identity::provider::clients::{self, Client, ClientKind},
    store::prelude::*,
};

/// The client that a request comes from: a public one says its name, and is believed nothing for it.
///
/// # Errors
/// `invalid_client`.
pub(in crate::identity::provider) async fn client(
    visit: &Visit,
    transaction: &mut Transaction,
) -> Result<Client, Refusal> {
    let refused = |reason| Refusal::oauth(OAuthError::InvalidClient, reason);
    if visit.header("authorization").is_some() {
        return Err(refused("client.method"));
    }
    let client_id = visit.form.get("client_id").ok_or(refused("client.missing"))?;
    let client = clients::find(transaction, client_id).await?.ok_or(refused("client.unknown"))?;
    match client.kind {
        ClientKind::Public => Ok(client),
        ClientKind::Confidential => Err(refused("client.unproven")),
    }
}
