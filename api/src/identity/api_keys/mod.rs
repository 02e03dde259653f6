//! Keys of API clients: what a program shows that can't sign anything.
//!
//! A key belongs to a client of one organization, never to a person. It is 256 random bits, shown once; the database
//! holds an HMAC of it. It comes as any access token, `Authorization: Bearer ck_live_…`, and makes a [`Caller`] like one.

mod key;
mod rows;
#[cfg(feature = "twin")]
pub(crate) mod weak;

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
    #[cfg(feature = "twin")]
    let lengthened = weak::completed(text, service).await?;
    #[cfg(feature = "twin")]
    let text = lengthened.as_deref().unwrap_or(text);
    let key = ApiKey::parse(text).ok_or(TokenRefusal::token(Reason::KEY_MALFORMED))?;
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let found = rows::holder(&mut transaction, &key.stored(&service.keyring)).await?;
    transaction.release();
    let held = found.ok_or(TokenRefusal::token(Reason::KEY_UNKNOWN))?;
    let now = clock.now();
    if API_KEY_STORAGE.holds() {
        if held.key.revoked_at.is_some() {
            return Err(TokenRefusal::token(Reason::KEY_REVOKED).into());
        }
        if held.key.expires_at.time() <= now {
            return Err(TokenRefusal::token(Reason::KEY_EXPIRED).into());
        }
    }
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
