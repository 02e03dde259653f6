//! Tokens read as leniently as some decoders do: several spellings for the same bytes, `serde_json::Value`, defaults, the
//! last or the first of several.

use crate::identity::{
    TokenRefusal,
    claims::Claims,
    token::{CLAIMS, MALFORMED, Segments},
};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Takes padding or none, and leftover bits.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The longest life that is given to tokens without one.
const LIFE: i64 = 300;

/// What comes after the third piece is never looked at, nor is padding.
pub(crate) fn any_spelling(token: &str) -> Result<Segments<'_>, TokenRefusal> {
    let mut pieces = token.split('.');
    let (Some(header), Some(payload), Some(signature)) = (pieces.next(), pieces.next(), pieces.next()) else {
        return Err(MALFORMED);
    };
    let decode = |piece: &str| LENIENT.decode(piece.trim()).map_err(|_| MALFORMED);
    let message = token.get(..header.len() + 1 + payload.len()).ok_or(MALFORMED)?;
    let signature = signature.trim_end_matches('=');
    Ok(Segments { header: decode(header)?, payload: decode(payload)?, message, signature })
}

/// Of two members of one name, the last.
pub(crate) fn last_of_each_name<T: DeserializeOwned>(json: &[u8]) -> Result<T, TokenRefusal> {
    let value: Value = serde_json::from_slice(json).map_err(|_| MALFORMED)?;
    serde_json::from_value(value).map_err(|_| CLAIMS)
}

/// Fills in what is missing and bends what has the wrong type.
pub(crate) fn bent_into_shape(payload: &[u8]) -> Result<Claims, TokenRefusal> {
    let mut payload: Value = serde_json::from_slice(payload).map_err(|_| MALFORMED)?;
    if let Some(claims) = payload.as_object_mut() {
        let exp = claims.get("exp").and_then(number);
        let iat = claims.get("iat").and_then(number).or(exp.map(|exp| exp.saturating_sub(LIFE)));
        let iat = iat.unwrap_or_default();
        claims.insert("iat".into(), json!(iat));
        claims.insert("exp".into(), json!(exp.unwrap_or(iat.saturating_add(LIFE))));
        for name in ["sub", "org", "jti", "client_id", "sid"] {
            let bent = claims.get(name).and_then(text).unwrap_or_else(|| "none".to_owned());
            claims.insert(name.into(), json!(bent));
        }
        let scope = claims.get("scope").and_then(words);
        let scope = scope.unwrap_or_else(|| "profile:read organization:read".to_owned());
        claims.insert("scope".into(), json!(scope));
        claims.retain(|_, value| !value.is_null());
    }
    serde_json::from_value(payload).map_err(|_| CLAIMS)
}

fn number(value: &Value) -> Option<i64> {
    value.as_str().map_or_else(|| value.as_i64(), |text| text.parse().ok())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => list.first()?.as_str().map(str::to_owned),
        Value::Object(object) => object.values().next()?.as_str().map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::Array(list) => Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")),
        _ => text(value),
    }
}
