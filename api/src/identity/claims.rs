//! What a token must say, and in which types (RFC 9068 §2.2, RFC 8725), whoever issued it.
//!
//! Strict is what decides. What nobody here asks for may have any shape and size (RFC 7519 §4), and what is only taken down
//! counts as absent when it is not of its kind.

mod shape;

pub(super) use shape::{Audience, plainly_true, text, texts};

use crate::protection::TOKEN_SENDER_CONSTRAINED;
use brigandine_enforce::enforces;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, Visitor},
};
use std::{fmt, time::Duration};

/// The last second of the year 9999: no honest token speaks of later.
const LATEST: u64 = 253_402_300_799;

/// The JOSE header. Members that name keys (`jwk`, `jku`, `x5u`, `x5c`) are not even read.
#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
    /// Any `crit` is refused: no extension is understood here (RFC 7515 §4.1.11).
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) crit: Option<IgnoredAny>,
}

/// The claims, each with its exact type; a mistyped one refuses the token, and a missing one as well.
#[derive(Deserialize)]
pub(crate) struct Claims {
    /// Text, or as good as absent; whoever asks for it refuses the token then.
    #[serde(default, deserialize_with = "text")]
    pub(crate) iss: Option<String>,
    pub(crate) sub: String,
    #[serde(default)]
    pub(super) aud: Audience,
    #[serde(deserialize_with = "numeric_date")]
    pub(crate) exp: i64,
    #[serde(deserialize_with = "numeric_date")]
    pub(crate) iat: i64,
    #[serde(default, deserialize_with = "some_numeric_date")]
    pub(crate) nbf: Option<i64>,
    pub(crate) jti: String,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) org: Option<String>,
    /// The session, where the issuer has such a thing.
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) sid: Option<String>,
    /// How thoroughly somebody signed in: `2` for two factors (RFC 9068 §2.2.1).
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) acr: Option<String>,
    /// When they did.
    #[serde(default, deserialize_with = "some_numeric_date")]
    pub(crate) auth_time: Option<i64>,
    /// The key that must be shown to hold with the token (RFC 7800, RFC 9449 §6.1).
    #[serde(default, deserialize_with = "confirmation")]
    pub(crate) cnf: Option<Confirmation>,
}

/// `cnf`: what a token is bound to. One that is bound by a means unknown here is of no use here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// SHA-256 thumbprint of a public JWK (RFC 9449 §6.1).
    pub(crate) jkt: String,
}

/// What a token is bound to. A stolen one that is bound is worth nothing without its key (RFC 9449 §6.1).
#[enforces(TOKEN_SENDER_CONSTRAINED, otherwise = crate::vulnerable::identity::unbound)]
fn confirmation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Confirmation>, D::Error> {
    not_null(deserializer)
}

/// A member that may be missing, but is of its type when it is there. serde would take `null` for missing, and so let
/// `"crit": null` and `"nbf": null` pass.
pub(super) fn not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Seconds since 1970, with or without a fraction, which is cut off (RFC 7519 §2, NumericDate): everything is decided by
/// whole seconds here, with a few of them to spare.
pub(super) fn numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    deserializer.deserialize_any(NumericDate)
}

/// The same for a claim that may be missing.
pub(super) fn some_numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    numeric_date(deserializer).map(Some)
}

/// The same for a claim that counts as absent when it is `null`.
pub(super) fn if_numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    struct Date(#[serde(deserialize_with = "numeric_date")] i64);
    Ok(Option::<Date>::deserialize(deserializer)?.map(|Date(seconds)| seconds))
}

struct NumericDate;

impl Visitor<'_> for NumericDate {
    type Value = i64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("seconds since 1970, not after the year 9999")
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<i64, E> {
        u64::try_from(seconds)
            .map_err(|_| E::custom("before 1970"))
            .and_then(|seconds| self.visit_u64(seconds))
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<i64, E> {
        let known = i64::try_from(seconds).ok().filter(|_| seconds <= LATEST);
        known.ok_or_else(|| E::custom("after the year 9999"))
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<i64, E> {
        // Refuses what is negative, infinite, or no number.
        let whole = Duration::try_from_secs_f64(seconds).map_err(|_| E::custom("no time after 1970"))?;
        self.visit_u64(whole.as_secs())
    }
}

#[cfg(test)]
mod tests;
