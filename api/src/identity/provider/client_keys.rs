//! The public keys that a confidential client registered (RFC 7591 §2, `jwks`): the only ones its assertions may be
//! signed with. They are registered, never fetched.

use crate::identity::jwks::{self, Key, Keys};
use jsonwebtoken::jwk::Jwk;
use serde_json::Value;
use std::sync::Arc;

/// More keys than a client needs for a rotation.
const MOST: usize = 10;

/// Why keys are not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Not `{"keys": […]}` with one to ten keys.
    #[error("the key set must be an object with the member \"keys\": a list of 1 to {MOST} keys")]
    Shape,
    /// A private or symmetric key: it is compromised by having been sent.
    #[error("the key set must hold public keys only; replace the private key that it shows")]
    Private,
    /// A key that could not verify EdDSA or ES256 signatures, or has no `kid` of its own.
    #[error("every key must be an Ed25519 or P-256 public key for signatures, with a \"kid\" of its own")]
    Unusable,
}

/// Usable keys, by `kid`.
#[derive(Default)]
pub struct ClientKeys(Keys);

impl ClientKeys {
    /// Reads a JWKS that is offered for registration, or that was registered. All its keys are usable or none is taken.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn parse(jwks: &Value) -> Result<Self, KeysError> {
        let keys = jwks.get("keys").and_then(Value::as_array).ok_or(KeysError::Shape)?;
        if keys.is_empty() || keys.len() > MOST {
            return Err(KeysError::Shape);
        }
        if keys.iter().filter_map(Value::as_object).any(jwks::is_private) {
            return Err(KeysError::Private);
        }
        let read: Result<Vec<Jwk>, _> = keys.iter().map(plainly_named).map(serde_json::from_value).collect();
        let usable = jwks::usable(&read.map_err(|_| KeysError::Unusable)?, jwks::Uses::AccessTokens);
        if usable.len() == keys.len() && usable.are_named() {
            Ok(Self(usable))
        } else {
            Err(KeysError::Unusable)
        }
    }

    /// The key that an assertion names, or the only one if it names none.
    pub(super) fn named(&self, kid: Option<&str>) -> Option<&Arc<Key>> {
        self.0.find(kid)
    }
}

/// The key, with the one name of its algorithm that jsonwebtoken knows.
fn plainly_named(key: &Value) -> Value {
    let mut key = key.clone();
    if let Some(alg) = key.get_mut("alg").filter(|alg| *alg == "Ed25519") {
        *alg = Value::from("EdDSA");
    }
    key
}
