//! One issuer of the forge: its keys, its manners, and how often it was asked.

use super::{Algorithm, ForgeError, SigningKey, code_flow::CodeFlow};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How an issuer behaves when it is asked for its documents.
#[derive(Clone, Debug, Default)]
pub enum Mode {
    /// As OpenID Connect Discovery 1.0 says.
    #[default]
    Honest,
    /// Answers after this long.
    Slow(Duration),
    /// Answers this status with no document.
    Status(u16),
    /// Answers a document of at least this many bytes.
    Huge(usize),
    /// Answers this text instead of the JWKS.
    Jwks(String),
    /// Answers this text instead of the discovery document.
    Discovery(String),
    /// Redirects every request there.
    Redirect(String),
}

/// An issuer and its keys.
pub struct Issuer {
    url: String,
    keys: Mutex<Vec<Arc<SigningKey>>>,
    mode: Mutex<Mode>,
    jwks_fetches: AtomicU64,
    discovery_fetches: AtomicU64,
    pub(super) flow: CodeFlow,
}

impl Issuer {
    pub(super) fn new(url: String) -> Result<Self, ForgeError> {
        Ok(Self {
            url,
            keys: Mutex::new(vec![Arc::new(SigningKey::generate(Algorithm::EdDsa)?)]),
            mode: Mutex::default(),
            jwks_fetches: AtomicU64::new(0),
            discovery_fetches: AtomicU64::new(0),
            flow: CodeFlow::default(),
        })
    }

    /// The issuer identifier, the value of `iss`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key that honest tokens are signed with: the newest.
    #[must_use]
    pub fn key(&self) -> Option<Arc<SigningKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
    }

    /// Publishes a fresh key and signs with it from now on; the older ones stay published.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn rotate(&self, algorithm: Algorithm) -> Result<Arc<SigningKey>, ForgeError> {
        let key = Arc::new(SigningKey::generate(algorithm)?);
        self.publish(key.clone());
        Ok(key)
    }

    /// Publishes a key of the caller's making, as the newest.
    pub fn publish(&self, key: Arc<SigningKey>) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).push(key);
    }

    /// Takes a key out of the JWKS. Its holder can still sign with it.
    pub fn retire(&self, kid: &str) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).retain(|key| key.kid() != kid);
    }

    /// Changes the issuer's manners.
    pub fn behave(&self, mode: Mode) {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    /// How often the JWKS was asked for.
    #[must_use]
    pub fn jwks_fetches(&self) -> u64 {
        self.jwks_fetches.load(Ordering::Relaxed)
    }

    /// How often the discovery document was asked for.
    #[must_use]
    pub fn discovery_fetches(&self) -> u64 {
        self.discovery_fetches.load(Ordering::Relaxed)
    }

    /// The JWKS as published now (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> Value {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn asked_for_jwks(&self) {
        self.jwks_fetches.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn asked_for_discovery(&self) {
        self.discovery_fetches.fetch_add(1, Ordering::Relaxed);
    }

    /// The discovery document, as it is when it is honest.
    #[must_use]
    pub fn discovery(&self) -> Value {
        let userinfo = self.userinfo().map(|_| format!("{}/userinfo", self.url));
        let mut document = json!({
            "issuer": self.url,
            "jwks_uri": format!("{}/jwks", self.url),
            "authorization_endpoint": format!("{}/authorize", self.url),
            "token_endpoint": format!("{}/token", self.url),
            "authorization_response_iss_parameter_supported": true,
            "code_challenge_methods_supported": ["S256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA", "ES256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_basic"],
        });
        if let (Some(document), Some(userinfo)) = (document.as_object_mut(), userinfo) {
            document.insert("userinfo_endpoint".into(), userinfo.into());
        }
        document
    }
}
