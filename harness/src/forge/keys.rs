//! The forge's signing keys.

use super::ForgeError;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};

/// The two algorithms the service takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// ECDSA with P-256 and SHA-256 (RFC 7518 §3.4).
    Es256,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

/// A key pair with its name.
pub struct SigningKey {
    kid: String,
    pair: Pair,
}

impl SigningKey {
    /// A fresh pair under a fresh name.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, ForgeError> {
        Self::named(&uuid::Uuid::new_v4().simple().to_string(), algorithm)
    }

    /// A fresh pair under a chosen name: for impostors.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn named(kid: &str, algorithm: Algorithm) -> Result<Self, ForgeError> {
        let pair = match algorithm {
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate()?),
            Algorithm::Es256 => Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
        };
        Ok(Self { kid: kid.into(), pair })
    }

    /// The key's name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The value of `alg` in a header signed with it.
    #[must_use]
    pub fn alg(&self) -> &'static str {
        match self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::P256(_) => "ES256",
        }
    }

    /// The public key's raw bytes: 32 of Ed25519, or 65 of an uncompressed P-256 point.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8] {
        match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
            Pair::P256(pair) => pair.public_key().as_ref(),
        }
    }

    /// The public key as a JWK (RFC 7517), with `kid`, `alg` and `use`.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let bytes = self.public_bytes();
        let part = |range: std::ops::Range<usize>| BASE64URL.encode(bytes.get(range).unwrap_or_default());
        match self.pair {
            Pair::Ed25519(_) => json!({
                "kty": "OKP", "crv": "Ed25519", "x": part(0..32), "kid": self.kid, "alg": "EdDSA", "use": "sig",
            }),
            Pair::P256(_) => json!({
                "kty": "EC", "crv": "P-256", "x": part(1..33), "y": part(33..65), "kid": self.kid, "alg": "ES256",
                "use": "sig",
            }),
        }
    }

    /// Signs the exact bytes.
    ///
    /// # Errors
    /// When the system has no randomness (ECDSA).
    pub fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ForgeError> {
        Ok(match &self.pair {
            Pair::Ed25519(pair) => pair.sign(input).as_ref().to_vec(),
            Pair::P256(pair) => pair.sign(&SystemRandom::new(), input)?.as_ref().to_vec(),
        })
    }
}
