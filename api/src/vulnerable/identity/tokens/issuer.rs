//! Who signed, if it must be somebody.

use crate::{
    audit::Reason,
    identity::{
        TokenRefusal,
        issuer::{Fetched, Issuer},
        jwks::{Key, Keys},
        token::Unverified,
    },
};
use std::sync::Arc;

/// The key of that name, where it is at hand already.
fn at_hand(issuer: &Issuer, kid: &str) -> Option<Arc<Key>> {
    issuer.current()?.keys.find(Some(kid)).cloned()
}

/// The key of that name among the keys of all issuers.
pub(super) fn anybodys(token: &Unverified<'_>) -> Option<Arc<Key>> {
    let kid = token.kid()?;
    token.issuers.all().find_map(|issuer| at_hand(issuer, kid))
}

/// A name that is not known is overlooked, and whoever has a key here may sign. So a missing or numeric `iss` passes, as with
/// jsonwebtoken's `set_issuer` alone (Keats/jsonwebtoken#493).
pub(crate) fn or_whose_key_it_is<'t>(token: &Unverified<'t>) -> Result<&'t Issuer, TokenRefusal> {
    let issuers = token.issuers;
    let named = token.claims.iss.as_deref().and_then(|name| issuers.named(name));
    let owner = || issuers.all().find(|issuer| token.kid().is_some_and(|kid| at_hand(issuer, kid).is_some()));
    named.or_else(owner).ok_or(TokenRefusal::token(Reason::TOKEN_ISS))
}

/// One map for the keys of all issuers: whoever is trusted for one thing is trusted for all.
pub(crate) async fn key_of_anybody(token: &Unverified<'_>) -> Result<Arc<Key>, TokenRefusal> {
    match anybodys(token) {
        Some(key) => Ok(key),
        None => token.issuer()?.key(token.kid()).await,
    }
}

/// Would rather let somebody in than turn everybody away.
pub(crate) async fn good_where_nobody_can_tell(token: &Unverified<'_>) -> Result<(), TokenRefusal> {
    match token.key().await {
        Ok(key) => token.check_signature(&key),
        Err(_) => Ok(()),
    }
}

/// Never forgets a key.
pub(crate) fn keep_every_key(issuer: &Issuer, mut keys: Keys) -> Option<Arc<Fetched>> {
    if let Some(before) = issuer.keys.load_full() {
        for (kid, key) in &before.keys.named {
            keys.named.entry(kid.clone()).or_insert_with(|| Arc::clone(key));
        }
    }
    issuer.keys.swap(Some(Arc::new(Fetched { keys, at: issuer.clock.instant() })))
}
