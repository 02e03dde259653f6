//! Sign-in by an organization's own OpenID provider: here the service is the relying party.
//!
//! An administrator names the provider ([`providers`]); an operator says which e-mail domains the organization owns
//! ([`domains`]). A sign-in is a transaction ([`transactions`]) that one browser starts and only that browser can end:
//! it goes to the provider by an address that [`authorization`] makes, and comes back with a code, which [`exchange`]
//! trades for an ID token, which [`id_token`] validates in full. Who that is says [`identities`], by issuer and
//! subject, never by e-mail. [`vouched`] remembers which sessions came of it.
//!
//! Providers are chosen by tenants, so nothing here believes what they say about where to send a secret or a browser:
//! [`metadata`] keeps to the hosts that were agreed on, [`addresses`] to the internet outside.

mod addresses;
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
pub mod vouched;
#[cfg(feature = "twin")]
mod weak;

#[cfg(test)]
mod tests;

pub use client_key::{ClientKey, PublicKey};
pub use endpoints::endpoints;
pub use metadata::Metadata;
pub use refusal::FederationRefusal;

use super::documents;
use crate::{
    clock::Clock,
    settings::{FederationSettings, SettingsError},
};
use addresses::Outside;
use known::Cache;
use reqwest::Client;
use std::sync::Arc;

/// Reaches the organizations' providers. Cheap to clone; shared by all workers.
#[derive(Clone)]
pub struct Federation(Arc<Inner>);

struct Inner {
    client: Client,
    outside: Outside,
    known: Cache,
    clock: Clock,
    redirect_uri: String,
}

impl Federation {
    /// Asks nobody anything yet. `identifier` is the service's base URL.
    ///
    /// # Errors
    /// When the CA file can't be read.
    pub fn new(settings: &FederationSettings, identifier: &str, clock: Clock) -> Result<Self, SettingsError> {
        let key = "identity.federation.root_certificate_file";
        let outside = Outside::and(&settings.networks);
        let client = documents::client(settings.root_certificate_file.as_deref(), key)?
            .dns_resolver(Arc::new(outside.clone()));
        Ok(Self(Arc::new(Inner {
            client: documents::build(client, key)?,
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
