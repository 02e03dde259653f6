//! The forge: an OpenID provider of the attacker's own, which the service is told to trust.
//!
//! Issuers under one HTTPS listener, `https://127.0.0.1:<port>/<name>`, each with discovery and a JWKS. A
//! [`TokenRecipe`] signs a token that is perfect, or perfect but for one thing. An organization's own provider is one of
//! them too: [`code_flow`] signs people in.

mod code_flow;
mod form;
mod issuer;
mod keys;
mod listener;
mod recipe;
#[cfg(test)]
mod tests;

pub use code_flow::{Bend, Person, RegisteredClient};
pub use issuer::{Issuer, Mode};
pub use keys::{Algorithm, SigningKey};
pub(crate) use listener::authority;
pub use recipe::{Segments, TokenRecipe};

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// Why the forge can't work.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// No listener.
    #[error("the forge can't listen: {0}")]
    Listen(#[from] std::io::Error),
    /// No certificate.
    #[error("the forge can't make its certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// No TLS configuration.
    #[error("the forge can't speak TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// aws-lc-rs could not make a key or a signature.
    #[error("the forge can't make a key")]
    Key,
}

impl From<aws_lc_rs::error::Unspecified> for ForgeError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Key
    }
}

/// The issuers by name.
type Issuers = Arc<Mutex<HashMap<String, Arc<Issuer>>>>;

/// A running OpenID provider.
pub struct Forge {
    address: SocketAddr,
    authority_pem: String,
    issuers: Issuers,
    server: tokio::task::JoinHandle<()>,
}

impl Forge {
    /// Starts it on a free loopback port, with the issuers `staff` and `patients`.
    ///
    /// # Errors
    /// When it can't listen or make keys.
    pub async fn start() -> Result<Self, ForgeError> {
        let issuers = Issuers::default();
        let (address, authority_pem, server) = listener::start(issuers.clone()).await?;
        let forge = Self { address, authority_pem, issuers, server };
        forge.found("staff")?;
        forge.found("patients")?;
        Ok(forge)
    }

    /// The forge's authority in PEM, for the service's settings.
    #[must_use]
    pub fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// Opens a further issuer, with one Ed25519 key. Only those that stand in the settings are trusted.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn found(&self, name: &str) -> Result<Arc<Issuer>, ForgeError> {
        let url = format!("https://{}/{name}", self.address);
        let issuer = Arc::new(Issuer::new(url)?);
        self.issuers.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), issuer.clone());
        Ok(issuer)
    }

    /// The issuer of that name, if it was founded.
    #[must_use]
    pub fn issuer(&self, name: &str) -> Option<Arc<Issuer>> {
        self.issuers.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

impl Drop for Forge {
    fn drop(&mut self) {
        self.server.abort();
    }
}
