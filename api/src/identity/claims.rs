//! What a token must say, and in which types (RFC 9068 §2.2, RFC 8725).

use serde::{Deserialize, Deserializer, de::IgnoredAny};
use uuid::Uuid;

/// The JOSE header. Members that name keys (`jwk`, `jku`, `x5u`, `x5c`) are not even read.
#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) typ: Option<String>,
    pub(super) kid: Option<String>,
    /// Any `crit` is refused: no extension is understood here (RFC 7515 §4.1.11).
    #[serde(default, deserialize_with = "not_null")]
    pub(super) crit: Option<IgnoredAny>,
}

/// The claims, each with its exact type; a missing or mistyped one refuses the token.
#[derive(Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) exp: i64,
    pub(super) iat: i64,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) nbf: Option<i64>,
    pub(super) jti: String,
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) org: Uuid,
    /// The session, where the issuer has such a thing.
    #[serde(default, deserialize_with = "not_null")]
    pub(super) sid: Option<String>,
    /// How thoroughly somebody signed in: `2` for two factors (RFC 9068 §2.2.1).
    #[serde(default, deserialize_with = "not_null")]
    pub(super) acr: Option<String>,
    /// When they did.
    #[serde(default, deserialize_with = "not_null")]
    pub(super) auth_time: Option<i64>,
    /// The key that must be shown to hold with the token (RFC 7800, RFC 9449 §6.1).
    #[serde(default, deserialize_with = "not_null")]
    pub(super) cnf: Option<Confirmation>,
}

/// `cnf`: what a token is bound to. One that is bound by a means unknown here is of no use here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    /// SHA-256 thumbprint of a public JWK (RFC 9449 §6.1).
    pub(super) jkt: String,
}

/// A member that may be missing, but is of its type when it is there. serde would take `null` for missing, and so let
/// `"crit": null` and `"nbf": null` pass.
fn not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
