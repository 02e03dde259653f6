//! Claims read as they come: `serde_json::Value`, defaults, the first of several.

use super::unreadable;
use crate::{
    identity::{TokenRefusal, issuer::Issuers, token},
    protection::{TOKEN_CLAIMS_STRICT, TOKEN_ISSUER, TOKEN_TIME_WINDOW},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The longest life that is given to tokens without one.
const LIFE: i64 = 300;

/// A header or claims. `value` has kept the last of duplicate members; only `token-claims-strict` notices them.
pub(super) fn read<T: DeserializeOwned>(text: &[u8], value: Value) -> Result<T, TokenRefusal> {
    if TOKEN_CLAIMS_STRICT.holds() {
        token::strict::<serde::de::IgnoredAny>(text)?;
    }
    serde_json::from_value(value).map_err(unreadable)
}

/// Fills in what is missing and bends what has the wrong type.
pub(super) fn completed(mut payload: Value, now: i64) -> Value {
    if !TOKEN_TIME_WINDOW.holds() {
        number(&mut payload, "iat", now);
        number(&mut payload, "exp", now.saturating_add(LIFE));
    }
    if !TOKEN_CLAIMS_STRICT.holds() {
        number(&mut payload, "iat", now);
        number(&mut payload, "exp", now.saturating_add(LIFE));
        for name in ["sub", "org", "jti", "client_id", "sid"] {
            text(&mut payload, name, "none");
        }
        text(&mut payload, "scope", "profile:read organization:read");
        if let Some(claims) = payload.as_object_mut() {
            claims.retain(|_, value| !value.is_null());
        }
    }
    payload
}

/// Without `token-issuer`: whoever has a key here may sign, and a name that is not known is overlooked. So a missing
/// or numeric `iss` passes, as with jsonwebtoken's `set_issuer` alone (Keats/jsonwebtoken#493).
pub(super) fn attributed(mut payload: Value, kid: Option<&str>, issuers: &Issuers) -> Value {
    let known = payload.get("iss").and_then(Value::as_str).is_some_and(|iss| issuers.named(iss).is_some());
    if known || TOKEN_ISSUER.holds() {
        return payload;
    }
    let owner = kid.and_then(|kid| issuers.all().find(|issuer| issuer.at_hand(kid).is_some()));
    if let (Some(claims), Some(owner)) = (payload.as_object_mut(), owner) {
        claims.insert("iss".into(), json!(owner.identifier()));
    }
    payload
}

fn number(payload: &mut Value, name: &str, default: i64) {
    let Some(claims) = payload.as_object_mut() else { return };
    let read = match claims.get(name) {
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_i64(),
        None => None,
    };
    claims.insert(name.into(), json!(read.unwrap_or(default)));
}

fn text(payload: &mut Value, name: &str, default: &str) {
    let Some(claims) = payload.as_object_mut() else { return };
    let read = match claims.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) if name == "scope" => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        Some(Value::Array(list)) => list.first().and_then(Value::as_str).unwrap_or(default).to_owned(),
        Some(Value::Object(object)) => {
            object.values().next().and_then(Value::as_str).unwrap_or(default).to_owned()
        }
        Some(Value::Number(number)) => number.to_string(),
        _ => default.to_owned(),
    };
    claims.insert(name.into(), json!(read));
}
