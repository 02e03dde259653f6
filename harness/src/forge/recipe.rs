//! A token, perfect but for what the attack changes.

use super::{ForgeError, SigningKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Map, Value, json};
use std::{fmt, sync::Arc};
use uuid::Uuid;

/// A function that rewrites a JSON text before it is encoded.
type Rewrite = Arc<dyn Fn(&str) -> String + Send + Sync>;
/// A function that signs `header.payload`.
type Signer = Arc<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// What a token is made of. Untouched, [`TokenRecipe::sign`] makes a valid `at+jwt` (RFC 9068) with a fresh `jti`.
///
/// ```ignore
/// let token = clinician.recipe().claim("aud", "https://other.test").sign()?;
/// ```
#[derive(Clone)]
pub struct TokenRecipe {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    rewrite_header: Option<Rewrite>,
    rewrite_claims: Option<Rewrite>,
    key: Arc<SigningKey>,
    signer: Option<Signer>,
}

impl TokenRecipe {
    /// A perfect token with these claims; `iat`, `exp` (in five minutes) and `jti` are added.
    #[must_use]
    pub fn new(key: Arc<SigningKey>, claims: Map<String, Value>) -> Self {
        let now = crate::clock::unix_seconds();
        let mut all = claims;
        all.insert("iat".into(), json!(now));
        all.insert("exp".into(), json!(now + 300));
        let header = Map::from_iter([
            ("typ".to_owned(), json!("at+jwt")),
            ("alg".to_owned(), json!(key.alg())),
            ("kid".to_owned(), json!(key.kid())),
        ]);
        Self { header, claims: all, rewrite_header: None, rewrite_claims: None, key, signer: None }
    }

    /// Sets a claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Leaves a claim out; `jti` too.
    #[must_use]
    pub fn without_claim(mut self, name: &str) -> Self {
        // An explicit null marks it, so that `sign` does not add a fresh `jti`.
        if name == "jti" {
            self.claims.insert(name.into(), Value::Null);
        } else {
            self.claims.remove(name);
        }
        self
    }

    /// Shifts `iat`, `exp` and, if set, `nbf` by that many seconds.
    #[must_use]
    pub fn shifted(mut self, seconds: i64) -> Self {
        for name in ["iat", "exp", "nbf"] {
            if let Some(at) = self.claims.get(name).and_then(Value::as_i64) {
                self.claims.insert(name.into(), json!(at.saturating_add(seconds)));
            }
        }
        self
    }

    /// A claim's present value; `Null` when it is not set.
    #[must_use]
    pub fn value_of(&self, name: &str) -> Value {
        self.claims.get(name).cloned().unwrap_or(Value::Null)
    }

    /// Sets a header parameter.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// A header parameter's present value; `Null` when it is not set.
    #[must_use]
    pub fn header_value(&self, name: &str) -> Value {
        self.header.get(name).cloned().unwrap_or(Value::Null)
    }

    /// Leaves a header parameter out.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Rewrites the header's JSON text, for duplicates and oddities no JSON library writes.
    #[must_use]
    pub fn header_text(mut self, rewrite: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.rewrite_header = Some(Arc::new(rewrite));
        self
    }

    /// Rewrites the claims' JSON text, for duplicates and oddities no JSON library writes.
    #[must_use]
    pub fn claims_text(mut self, rewrite: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.rewrite_claims = Some(Arc::new(rewrite));
        self
    }

    /// Signs with another key, and names it in `kid` and `alg`.
    #[must_use]
    pub fn signed_by(self, key: Arc<SigningKey>) -> Self {
        let (alg, kid) = (key.alg(), key.kid().to_owned());
        self.header("alg", alg).header("kid", kid).secretly_signed_by(key)
    }

    /// Signs with another key, but leaves the header as it is.
    #[must_use]
    pub fn secretly_signed_by(mut self, key: Arc<SigningKey>) -> Self {
        self.key = key;
        self
    }

    /// Signs with a function of the attack's own: an HMAC, zeroes, nothing.
    #[must_use]
    pub fn signed_with(mut self, signer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        self.signer = Some(Arc::new(signer));
        self
    }

    /// The token in its compact form (RFC 7515 §7.1).
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn sign(&self) -> Result<String, ForgeError> {
        Ok(self.segments()?.to_string())
    }

    /// The token in three pieces, to be altered after signing.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn segments(&self) -> Result<Segments, ForgeError> {
        let mut claims = self.claims.clone();
        match claims.get("jti") {
            None => drop(claims.insert("jti".into(), json!(Uuid::new_v4().to_string()))),
            Some(Value::Null) => drop(claims.remove("jti")),
            Some(_) => {}
        }
        let text = |map: Map<String, Value>, rewrite: &Option<Rewrite>| {
            let text = Value::Object(map).to_string();
            rewrite.as_ref().map_or(text.clone(), |rewrite| rewrite(&text))
        };
        let header = BASE64URL.encode(text(self.header.clone(), &self.rewrite_header));
        let payload = BASE64URL.encode(text(claims, &self.rewrite_claims));
        let input = format!("{header}.{payload}");
        let signature = match &self.signer {
            Some(signer) => signer(input.as_bytes()),
            None => self.key.sign(input.as_bytes())?,
        };
        Ok(Segments { header, payload, signature: BASE64URL.encode(signature) })
    }
}

/// A signed token's three pieces in base64url; printed, they are joined by dots.
#[derive(Clone)]
pub struct Segments {
    /// The protected header.
    pub header: String,
    /// The claims.
    pub payload: String,
    /// The signature.
    pub signature: String,
}

impl Segments {
    /// Replaces the claims' JSON text and keeps the signature, which no longer fits.
    #[must_use]
    pub fn tampered(mut self, rewrite: impl FnOnce(&str) -> String) -> Self {
        let text = BASE64URL.decode(&self.payload).unwrap_or_default();
        self.payload = BASE64URL.encode(rewrite(&String::from_utf8_lossy(&text)));
        self
    }

    /// Replaces the signature.
    #[must_use]
    pub fn with_signature(mut self, signature: &[u8]) -> Self {
        self.signature = BASE64URL.encode(signature);
        self
    }
}

impl fmt::Display for Segments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.header, self.payload, self.signature)
    }
}
