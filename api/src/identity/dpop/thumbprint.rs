//! A key's name: the SHA-256 of its required members in a canonical form (RFC 7638, RFC 8037 §2).

use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use std::fmt;

/// The thumbprint of a public key, base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thumbprint(String);

impl Thumbprint {
    /// Of a key whose members are known to be canonical base64url.
    pub(super) fn of(jwk: &Jwk) -> Option<Self> {
        jwk.thumbprint(ThumbprintHash::SHA256).ok().map(Self)
    }

    /// As it stands in `cnf.jkt` and in `dpop_jkt`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
