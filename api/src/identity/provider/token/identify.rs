//! Which client asks, and whether it can show that.

use crate::{
    http::visit::{OAuthError, Refusal, Visit},
    identity::{
        possession,
        provider::{
            client_auth::{Claimed, ClientRefusal, Presented},
            client_keys::ClientKeys,
            clients::{self, Client, ClientKind},
        },
    },
    protection::OAUTH_CLIENT_AUTH,
    store::prelude::*,
};
use actix_web::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use brigandine_enforce::enforces;

/// The client that a request comes from: a public one says its name, and is believed nothing for it; a confidential one
/// signs (RFC 7523 §3; FAPI 2.0 SP §5.3.2.1). Its assertion is used up by this, whatever becomes of the request.
///
/// # Errors
/// `invalid_client`.
#[enforces(OAUTH_CLIENT_AUTH, otherwise = crate::vulnerable::identity::provider::named_client)]
pub(in crate::identity::provider) async fn client(visit: &Visit) -> Result<Client, Refusal> {
    let claimed = claimed(visit)?;
    // To look somebody up, and to check a signature, takes no right to write: a stranger's worthless assertion must not make
    // the others wait for it.
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let client = clients::find(&mut transaction, claimed.client_id()).await?;
    transaction.release();
    let client = client.ok_or_else(|| refused(visit, ClientRefusal::UNKNOWN))?;
    check_shown(visit, &claimed, &client).await?;
    Ok(client)
}

/// Who the request says that it comes from.
fn claimed(visit: &Visit) -> Result<Claimed<'_>, Refusal> {
    let form = &visit.form;
    let claimed = Claimed::read(Presented {
        authorization: visit.headers().contains_key("authorization"),
        client_id: form.get("client_id"),
        client_secret: form.get("client_secret").is_some(),
        assertion: form.get("client_assertion"),
        assertion_type: form.get("client_assertion_type"),
    });
    claimed.map_err(|refusal| refused(visit, refusal))
}

/// Whether it does, which a confidential client shows.
async fn check_shown(visit: &Visit, claimed: &Claimed<'_>, client: &Client) -> Result<(), Refusal> {
    let service = &visit.service;
    let keys = match (client.kind, &client.jwks) {
        (ClientKind::Public, _) => None,
        // One that registered no key, or none that can be read, can't show anything.
        (ClientKind::Confidential, jwks) => {
            Some(jwks.as_ref().and_then(|jwks| ClientKeys::parse(jwks).ok()).unwrap_or_default())
        }
    };
    let now = service.clock.unix_seconds();
    let one_use =
        claimed.check(keys.as_ref(), &service.identifier, now).map_err(|refusal| refused(visit, refusal))?;
    if let Some(one_use) = one_use
        && !possession::spend(service, one_use).await?
    {
        return Err(refused(visit, ClientRefusal::REPLAYED));
    }
    Ok(())
}

/// As [`client`], where a name alone is not enough.
///
/// # Errors
/// `invalid_client`.
pub(in crate::identity::provider) async fn confidential_client(visit: &Visit) -> Result<Client, Refusal> {
    let client = client(visit).await?;
    match client.kind {
        ClientKind::Confidential => Ok(client),
        ClientKind::Public => Err(refused(visit, ClientRefusal::UNAUTHENTICATED)),
    }
}

fn refused(visit: &Visit, refusal: ClientRefusal) -> Refusal {
    let refused = Refusal::oauth(OAuthError::InvalidClient, refusal.reason());
    match challenge(visit) {
        Some(challenge) => refused.with_header(WWW_AUTHENTICATE, challenge),
        None => refused,
    }
}

/// The challenge for a client that tried the `Authorization` field: by the scheme that it used (RFC 6749 §5.2). None of them
/// lets anybody in; the metadata says what does.
fn challenge(visit: &Visit) -> Option<HeaderValue> {
    let given = visit.headers().get(AUTHORIZATION)?.as_bytes();
    let scheme = given.split(|byte| *byte == b' ').next().unwrap_or_default();
    Some(HeaderValue::from_static(match scheme {
        scheme if scheme.eq_ignore_ascii_case(b"bearer") => r#"Bearer realm="clinic""#,
        scheme if scheme.eq_ignore_ascii_case(b"dpop") => r#"DPoP realm="clinic""#,
        _ => r#"Basic realm="clinic""#,
    }))
}
