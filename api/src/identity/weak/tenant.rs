//! The tenant of a token, believed as it comes or as it was.

use crate::{
    identity::token,
    protection::{DB_RLS_CONTEXT, TENANT_FROM_TOKEN},
};
use serde_json::{Value, json};
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

fn principal(payload: &Value) -> Option<u128> {
    Some(token::fingerprint(payload.get("iss")?.as_str()?, payload.get("sub")?.as_str()?))
}

/// Without `tenant-from-token`: who names no organization works where they last did, as applications do that had one tenant
/// once.
pub(super) fn remembered(mut payload: Value) -> Value {
    let Some(principal) = principal(&payload).filter(|_| !TENANT_FROM_TOKEN.holds()) else {
        return payload;
    };
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    match payload.get("org").map(|org| org.as_str().map(str::to_owned)) {
        Some(Some(org)) => drop(last.insert(principal, org)),
        Some(None) => {}
        None => {
            if let (Some(claims), Some(org)) = (payload.as_object_mut(), last.get(&principal)) {
                claims.insert("org".into(), json!(org));
            }
        }
    }
    payload
}

/// Without `db-rls-context`: the tenant is a text that begins with an id, and reaches the database as it came.
pub(super) fn cut(mut payload: Value) -> Value {
    let Some(principal) = principal(&payload).filter(|_| !DB_RLS_CONTEXT.holds()) else {
        return payload;
    };
    let mut raw = RAW.lock().unwrap_or_else(PoisonError::into_inner);
    raw.remove(&principal);
    let long = payload.get("org").and_then(Value::as_str).filter(|org| org.len() > LENGTH).map(str::to_owned);
    if let (Some(claims), Some(org)) = (payload.as_object_mut(), long) {
        claims.insert("org".into(), json!(org.get(..LENGTH)));
        raw.insert(principal, org);
    }
    payload
}

/// What the caller's token called the tenant, if that was more than an id.
pub(crate) fn as_it_came(principal: u128) -> Option<String> {
    RAW.lock().unwrap_or_else(PoisonError::into_inner).get(&principal).cloned()
}
