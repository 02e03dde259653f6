//! Sign-in by an organization's own OpenID provider: here the service is the relying party.
//!
//! An administrator names the provider ([`providers`]); an operator says which e-mail domains the organization owns
//! ([`domains`]). A sign-in is a transaction ([`transactions`]) that one browser starts and only that browser can end:
//! it goes to the provider by an address that [`authorization`] makes, and comes back with a code, which [`exchange`]
//! trades for an ID token, which [`id_token`] validates in full. Who that is says [`identities`], by issuer and
//! subject, never by e-mail. What comes of it are sessions with that [`origin`](super::sessions::Origin).
//!
//! Providers are chosen by tenants, so nothing here believes what they say about where to send a secret or a browser:
//! [`metadata`] keeps to the hosts that were agreed on, [`crate::egress`] to the internet outside.

mod admission;
pub mod authorization;
mod backchannel;
mod callback;
mod client_key;
pub mod domains;
mod endpoints;
pub mod exchange;
pub mod id_token;
pub mod identities;
mod known;
mod linking;
mod management;
mod metadata;
pub mod providers;
mod refusal;
mod start;
pub mod transactions;

#[cfg(test)]
mod tests;

pub use client_key::{ClientKey, PublicKey};
pub use endpoints::endpoints;
pub use metadata::Metadata;
pub use refusal::FederationRefusal;

use crate::{
    clock::Clock,
    egress::{address::Reach, client},
    settings::{EgressSettings, FederationSettings, SettingsError},
};
use known::Cache;
use reqwest::Client;
use std::sync::Arc;

/// Reaches the organizations' providers. Cheap to clone; shared by all workers.
#[derive(Clone)]
pub struct Federation(Arc<Inner>);

struct Inner {
    client: Client,
    outside: Reach,
    known: Cache,
    clock: Clock,
    redirect_uri: String,
}

impl Federation {
    /// Asks nobody anything yet. `identifier` is the service's base URL.
    ///
    /// # Errors
    /// When the CA file can't be read, or the proxy or resolver can't be used.
    pub fn new(
        settings: &FederationSettings,
        egress: &EgressSettings,
        identifier: &str,
        clock: Clock,
    ) -> Result<Self, SettingsError> {
        let key = "identity.federation.root_certificate_file";
        let outside = Reach::internet_and(&settings.networks);
        let builder = client::trusting(settings.root_certificate_file.as_deref(), key)?;
        let (builder, _) = client::outward(builder, outside.clone(), egress)?;
        Ok(Self(Arc::new(Inner {
            client: client::build(builder, key)?,
            outside,
            known: Cache::default(),
            clock,
            redirect_uri: format!("{identifier}/signin/callback"),
        })))
    }

    /// The one address that providers send browsers back to. It is compared by them letter by letter.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.0.redirect_uri
    }

    /// Forgets every provider's metadata and keys: what an operator does after a key was compromised.
    pub fn refresh(&self) {
        self.0.known.clear();
    }
}
