//! `id_token_hint`: whom a client means, by an ID token that it was given (OpenID Connect Core §3.1.2.1).

use super::{
    authorization::{Wrong, told},
    clients::Client,
};
use crate::{
    audit::Reason, http::visit::OAuthError, identity::jws::Jws, ids::AccountId, protection::TOKEN_TYPE,
    service::Service,
};
use brigandine_enforce::enforces;
use serde::Deserialize;
use uuid::Uuid;

/// Whom a client means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// Nobody in particular.
    Anybody,
    /// Whoever the ID token is about.
    Account(AccountId),
    /// Somebody, in a token whose key is published no more: it says nothing that could still be checked.
    Forgotten,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
}

/// The hint in a request of this client. It may long be expired, but it must be ours and the client's own: with an invented
/// one a client could ask in silence who is signed in.
pub(super) fn read(service: &Service, client: &Client, hint: Option<&str>) -> Result<Hint, Wrong> {
    let Some(text) = hint else { return Ok(Hint::Anybody) };
    let wrong = || told(OAuthError::InvalidRequest, Reason::ID_TOKEN_HINT);
    let jws = Jws::read(text).ok_or_else(wrong)?;
    let (header, claims): (Header, Claims) = jws.header().zip(jws.claims()).ok_or_else(wrong)?;
    if !is_id_token(&header) || claims.iss != service.identifier || claims.aud != client.client_id {
        return Err(wrong());
    }
    match service.provider.as_ref().and_then(|provider| provider.keys.has_signed(&jws, &header.kid)) {
        None => Ok(Hint::Forgotten),
        Some(true) => Ok(Hint::Account(AccountId::from_uuid(claims.sub))),
        Some(false) => Err(wrong()),
    }
}

/// Whether the token says that it is an ID token: an access token of ours differs in little else (RFC 8725 §3.11).
#[enforces(TOKEN_TYPE, answers = true)]
fn is_id_token(header: &Header) -> bool {
    header.typ == "JWT"
}
