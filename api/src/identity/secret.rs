//! What is handed out to be shown again: codes, refresh tokens, cookies, one-time links.

use crate::http::problem::{Kind, Problem};
use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::fmt;
use zeroize::Zeroizing;

/// 256 random bits (ASVS 11.5.1) in base64url. Only [`Secret256::hash`] of it is stored: with so many bits a plain
/// SHA-256 can't be searched.
pub struct Secret256(pub(crate) Zeroizing<String>);

/// SHA-256 of a secret, as stored.
pub type SecretHash = [u8; 32];

impl Secret256 {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn random() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(bytes.as_mut_slice())
            .map_err(|_| Problem::new(Kind::InternalError).failed(&"no random numbers"))?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))))
    }

    /// The secret itself, to be handed out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is stored.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret256([REDACTED])")
    }
}

/// The stored form of a secret that somebody shows.
#[must_use]
pub fn hash(secret: &str) -> SecretHash {
    let mut hash = SecretHash::default();
    hash.copy_from_slice(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref());
    hash
}
