//! Keys of API clients: what a program shows that can't sign anything.
//!
//! A key belongs to a client of one organization, never to a person. It is 256 random bits, shown once; the database
//! holds an HMAC of it. It comes as any access token, `Authorization: Bearer ck_live_…`, and makes a [`Caller`] like one.

mod key;
pub(crate) mod rows;

pub use key::{ApiKey, PREFIX};
pub use rows::{ApiKeyRow, NewApiKey};

use super::{
    TokenRefusal,
    caller::{Caller, Scopes, Verified},
    networks::Networks,
    revocation, token,
};
use crate::{
    audit::Reason, http::problem::Problem, ids::ApiKeyId, protection::API_KEY_STORAGE, service::Service,
    store::Mode,
};
use brigandine_enforce::enforces;
use chrono::{DateTime, Utc};
use rows::Held;

/// How long a key that was looked up is remembered, in seconds: as long as an access token lives. A key that is
/// revoked meanwhile is refused at once, as a revoked token is.
const REMEMBERED: i64 = 300;

/// What stands for a token's `jti` in what the caller of a key hangs on; see [`revocation::keys`].
#[must_use]
pub fn token_id(key: ApiKeyId) -> String {
    format!("key-{key}")
}

/// The client that holds this key, as a caller.
///
/// # Errors
/// `invalid-token` for a key that is not known, expired or revoked; `dependency-unavailable`.
pub(super) async fn verify(text: &str, service: &Service) -> Result<Caller, Problem> {
    let (issuer, clock) = (service.identifier.as_str(), service.clock);
    let held = holder(text, service).await?.ok_or(TokenRefusal::token(Reason::KEY_UNKNOWN))?;
    let now = clock.now();
    check_revoked(&held.key)?;
    check_expired(&held.key, now)?;
    let networks =
        Networks::from_stored(&held.key.networks.0).ok_or(TokenRefusal::token(Reason::KEY_NETWORKS))?;
    rows::used(&service.store, &held.key, clock).await?;
    let seconds = now.timestamp();
    Ok(Caller::new(Verified {
        issuer: issuer.to_owned(),
        subject: held.client_id.clone(),
        organization: held.key.organization_id,
        scopes: Scopes::new(held.key.scope),
        expires: seconds.saturating_add(REMEMBERED).min(held.key.expires_at.time().timestamp()),
        fingerprint: token::fingerprint(issuer, &held.client_id),
        client: held.client_id,
        session: None,
        acr: None,
        authenticated_at: None,
        key_thumbprint: None,
        networks,
        revocation_keys: revocation::keys(issuer, &token_id(held.key.id), None),
    }))
}

/// A key counts as a whole only: it is looked up by its HMAC, and never by its beginning, which lists show (OWASP API2).
#[enforces(API_KEY_STORAGE, otherwise = crate::vulnerable::identity::api_keys::holder_by_beginning)]
async fn holder(text: &str, service: &Service) -> Result<Option<Held>, Problem> {
    let key = ApiKey::parse(text).ok_or(TokenRefusal::token(Reason::KEY_MALFORMED))?;
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let found = rows::holder(&mut transaction, &key.stored(&service.keyring)).await?;
    transaction.release();
    Ok(found)
}

/// A revoked key opens nothing: it may be in other hands.
#[enforces(API_KEY_STORAGE)]
fn check_revoked(key: &ApiKeyRow) -> Result<(), TokenRefusal> {
    match key.revoked_at {
        None => Ok(()),
        Some(_) => Err(TokenRefusal::token(Reason::KEY_REVOKED)),
    }
}

/// A key ends by itself: one that was lost unnoticed is of use to its finder for so long and no longer (ASVS 13.3.4).
#[enforces(API_KEY_STORAGE)]
fn check_expired(key: &ApiKeyRow, now: DateTime<Utc>) -> Result<(), TokenRefusal> {
    if now < key.expires_at.time() { Ok(()) } else { Err(TokenRefusal::token(Reason::KEY_EXPIRED)) }
}
