//! Compact JWS (RFC 7515 §7.1) as callers send them to prove who they are: proofs of possession and client assertions.
//! Read strictly, and not believed before [`Jws::is_signed_with`] says so.

use super::token::{self, Segments};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::de::DeserializeOwned;

pub(super) use super::claims::{not_null, numeric_date, some_numeric_date};

/// As long as a form may be; stops megabytes from being decoded and hashed.
const LONGEST: usize = 65_536;

/// A JWS whose three segments are canonical base64url. Nothing in it is true yet.
pub(super) struct Jws<'t>(Segments<'t>);

impl<'t> Jws<'t> {
    /// The segments; `None` for anything else.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let text = Some(text).filter(|text| text.len() <= LONGEST)?;
        token::split(text).ok().map(Self)
    }

    /// The header in its exact types; `None` also when a member comes twice.
    pub(super) fn header<T: DeserializeOwned>(&self) -> Option<T> {
        token::strict(&self.0.header).ok()
    }

    /// The claims in their exact types; `None` also when a member comes twice.
    pub(super) fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        token::strict(&self.0.payload).ok()
    }

    /// Whether the key signed the very bytes that were read. The algorithm is the key's, never the header's.
    pub(super) fn is_signed_with(&self, algorithm: Algorithm, key: &DecodingKey) -> bool {
        let Segments { message, signature, .. } = &self.0;
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm).unwrap_or(false)
    }
}

/// Whether a header names the algorithm of a key of this kind (RFC 7518 §3.1, RFC 8037 §3.1). That of Ed25519 keys has a
/// second name, which says the same of them (RFC 9864 §2.2).
pub(super) fn names(alg: &str, algorithm: Algorithm) -> bool {
    match algorithm {
        Algorithm::EdDSA => matches!(alg, "EdDSA" | "Ed25519"),
        Algorithm::ES256 => alg == "ES256",
        _ => false,
    }
}

/// base64url without padding, as JOSE writes everything.
pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
