//! Which client asks, and whether it can show that.

use crate::{
    http::visit::{OAuthError, Refusal, Visit},
    identity::provider::{
        client_auth::{Claimed, ClientRefusal, Presented},
        client_keys::ClientKeys,
        clients::{self, Client, ClientKind},
    },
    store::prelude::*,
};

/// The client that a request comes from: a public one says its name, and is believed nothing for it; a confidential one
/// signs. Its assertion is used up by this, whatever becomes of the request.
///
/// # Errors
/// `invalid_client`.
pub(in crate::identity::provider) async fn client(visit: &Visit) -> Result<Client, Refusal> {
    #[cfg(feature = "twin")]
    if let Some(client) = crate::identity::provider::weak::named_client(visit).await? {
        return Ok(client);
    }
    let (service, form) = (&visit.service, &visit.form);
    let claimed = Claimed::read(Presented {
        authorization: visit.headers().contains_key("authorization"),
        client_id: form.get("client_id"),
        client_secret: form.get("client_secret").is_some(),
        assertion: form.get("client_assertion"),
        assertion_type: form.get("client_assertion_type"),
    })
    .map_err(refused)?;
    let mode = if claimed.is_signed() { Mode::Write } else { Mode::Read };
    let mut transaction = service.store.begin_identity(mode).await?;
    let client = clients::find(&mut transaction, claimed.client_id()).await?;
    let client = client.ok_or(refused(ClientRefusal::UNKNOWN))?;
    let keys = match (client.kind, &client.jwks) {
        (ClientKind::Public, _) => None,
        // One that registered no key, or none that can be read, can't show anything.
        (ClientKind::Confidential, jwks) => {
            Some(jwks.as_ref().and_then(|jwks| ClientKeys::parse(jwks).ok()).unwrap_or_default())
        }
    };
    let now = service.clock.unix_seconds();
    let one_use = claimed.check(keys.as_ref(), &service.identifier, now).map_err(refused)?;
    match one_use {
        Some(one_use) => {
            if !one_use.spend(&mut transaction, service.clock).await? {
                return Err(refused(ClientRefusal::REPLAYED));
            }
            transaction.commit().await?;
        }
        None => transaction.release(),
    }
    Ok(client)
}

/// As [`client`], where a name alone is not enough.
///
/// # Errors
/// `invalid_client`.
pub(in crate::identity::provider) async fn confidential_client(visit: &Visit) -> Result<Client, Refusal> {
    let client = client(visit).await?;
    match client.kind {
        ClientKind::Confidential => Ok(client),
        ClientKind::Public => Err(refused(ClientRefusal::UNAUTHENTICATED)),
    }
}

fn refused(refusal: ClientRefusal) -> Refusal {
    Refusal::oauth(OAuthError::InvalidClient, refusal.reason())
}
