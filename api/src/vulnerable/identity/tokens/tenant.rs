//! The tenant of a token, believed as it comes or as it was.

use crate::{
    identity::{
        TokenRefusal,
        claims::Claims,
        token::{CLAIMS, fingerprint},
    },
    ids::OrganizationId,
};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

/// By issuer and subject.
type Texts = Mutex<HashMap<u128, String>>;

static LAST: LazyLock<Texts> = LazyLock::new(Texts::default);
static RAW: LazyLock<Texts> = LazyLock::new(Texts::default);

/// The length of a UUID.
const LENGTH: usize = 36;

fn principal(claims: &Claims) -> u128 {
    fingerprint(claims.iss.as_deref().unwrap_or_default(), &claims.sub)
}

/// Who names no organization works where they last did, as applications do that had one tenant once.
pub(crate) fn where_they_last_were(mut claims: Claims) -> Result<Claims, TokenRefusal> {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    match &claims.org {
        Some(org) => drop(last.insert(principal(&claims), org.clone())),
        None => claims.org = last.get(&principal(&claims)).cloned(),
    }
    drop(last);
    Ok(claims)
}

/// The tenant is a text that begins with an id, and reaches the database as it came.
pub(crate) fn what_begins_with_an_id(claims: &Claims) -> Result<OrganizationId, TokenRefusal> {
    let org = claims.org.as_deref().ok_or(CLAIMS)?;
    let mut raw = RAW.lock().unwrap_or_else(PoisonError::into_inner);
    raw.remove(&principal(claims));
    let begins = org.get(..LENGTH).filter(|_| org.len() > LENGTH);
    if begins.is_some() {
        raw.insert(principal(claims), org.to_owned());
    }
    drop(raw);
    begins.unwrap_or(org).parse().map(OrganizationId::from_uuid).map_err(|_| CLAIMS)
}

/// What the caller's token called the tenant, if that was more than an id.
pub(crate) fn as_it_came(principal: u128) -> Option<String> {
    RAW.lock().unwrap_or_else(PoisonError::into_inner).get(&principal).cloned()
}
