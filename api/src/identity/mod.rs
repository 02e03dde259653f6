//! Who is calling.
//!
//! Every access token, whoever signed it, passes one validation path: [`token`] reads it, [`issuer`] knows whose keys
//! may vouch for it, [`verified`] remembers it until it expires. The result is a [`Caller`], which nothing else can
//! make. The built-in [`provider`] is one more [`issuer`] beside those that the settings name.

pub(crate) mod account_events;
pub mod accounts;
pub mod api_keys;
mod authorization_header;
pub mod caller;
pub(crate) mod claims;
pub mod credentials;
#[cfg(feature = "twin")]
mod default_secret;
mod discovery;
mod documents;
pub mod dpop;
pub mod factors;
pub mod federation;
pub(crate) mod fields;
pub mod import;
pub mod issuer;
mod jwks;
mod jws;
pub mod networks;
pub mod one_time;
pub mod pages;
pub mod passwords;
pub mod possession;
pub mod provider;
mod refusal;
pub mod replay;
pub mod revocation;
pub mod secret;
pub mod sessions;
#[cfg(test)]
pub(crate) mod testing;
pub mod throttle;
mod token;
mod verified;
#[cfg(feature = "twin")]
pub(crate) mod weak;

pub use caller::{Caller, Scopes};
pub use refusal::TokenRefusal;

use crate::{
    clock::Clock,
    http::problem::Problem,
    service::Service,
    settings::{Settings, SettingsError},
};
use actix_web::http::header::HeaderMap;
use issuer::Issuers;
use provider::SigningKeys;
use std::sync::Arc;

/// Everything needed to tell who is calling. Cheap to clone; shared by all workers.
#[derive(Clone)]
pub struct Identity {
    issuers: Arc<Issuers>,
    verified: Arc<verified::Memory>,
    clock: Clock,
}

impl Identity {
    /// Starts to follow the keys of the built-in provider and of the issuers named in the settings. Does not wait
    /// for them: a provider that is down must not keep the service from starting.
    ///
    /// # Errors
    /// When a CA file can't be read.
    pub fn start(settings: &Settings, own: Option<SigningKeys>, clock: Clock) -> Result<Self, SettingsError> {
        Ok(Self { issuers: Arc::new(Issuers::start(settings, own, clock)?), verified: Arc::default(), clock })
    }

    /// The caller, if the token was verified before by this process and still stands. Costs a hash.
    ///
    /// # Errors
    /// When there is no single bearer token in the headers.
    pub fn recall<'h>(&self, headers: &'h HeaderMap) -> Result<Presented<'h>, TokenRefusal> {
        let token = authorization_header::credential(headers).map(|credential| credential.token);
        #[cfg(feature = "twin")]
        let token = weak::cookie::session_cookie(headers).map_or(token, Ok);
        #[cfg(feature = "twin")]
        if let Some(caller) = weak::session::left_open(&token) {
            return Ok(Presented::Known(caller));
        }
        let token = token?;
        let digest = verified::digest(token);
        Ok(match self.verified.recall(&digest, self.issuers.epoch(), self.clock.unix_seconds()) {
            Some(caller) => Presented::Known(caller),
            None => Presented::New(NewToken { token, digest }),
        })
    }

    /// Verifies a token that was not seen before.
    ///
    /// # Errors
    /// [`TokenRefusal`] with the reason for the audit log.
    pub async fn verify(&self, new: NewToken<'_>) -> Result<Caller, TokenRefusal> {
        #[cfg(feature = "twin")]
        if let Some(outcome) = default_secret::caller(new.token, self.clock) {
            return outcome;
        }
        let epoch = self.issuers.epoch();
        let caller = token::verify(new.token, &self.issuers, self.clock).await?;
        #[cfg(feature = "twin")]
        weak::session::keep(&caller);
        self.verified.remember(new.digest, epoch, self.clock.unix_seconds(), &caller);
        Ok(caller)
    }

    /// Looks up an API key that was not seen before.
    ///
    /// # Errors
    /// `invalid-token`, or `dependency-unavailable`.
    pub async fn verify_api_key(&self, new: NewToken<'_>, service: &Service) -> Result<Caller, Problem> {
        #[cfg(feature = "twin")]
        if weak::handle::is_meant(new.token) {
            return weak::handle::holder(new.token, service).await;
        }
        let epoch = self.issuers.epoch();
        let caller = api_keys::verify(new.token, service).await?;
        self.verified.remember(new.digest, epoch, self.clock.unix_seconds(), &caller);
        Ok(caller)
    }

    /// Verifies a token that somebody shows us and does not use: for revocation and introspection.
    ///
    /// # Errors
    /// [`TokenRefusal`].
    pub async fn inspect(&self, token: &str) -> Result<Caller, TokenRefusal> {
        token::verify(token, &self.issuers, self.clock).await
    }

    /// Whether the keys of every issuer are at hand.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.issuers.all().all(issuer::Issuer::has_keys)
    }

    /// Fetches every issuer's keys again, now: what an operator does after a key was compromised.
    pub fn refresh(&self) {
        self.issuers.all().for_each(issuer::Issuer::refresh);
    }

    /// The identifiers of the trusted issuers, for the protected resource's metadata (RFC 9728 §2).
    #[must_use]
    pub fn issuer_identifiers(&self) -> Vec<String> {
        self.issuers.all().map(|issuer| issuer.identifier().to_owned()).collect()
    }
}

/// A token that came with a request.
pub enum Presented<'h> {
    /// Verified before.
    Known(Caller),
    /// Not verified yet.
    New(NewToken<'h>),
}

/// A token that still has to be verified.
pub struct NewToken<'h> {
    token: &'h str,
    digest: verified::Digest,
}

impl NewToken<'_> {
    /// Whether it is meant to be a program's key, and not an access token.
    #[must_use]
    pub fn is_api_key(&self) -> bool {
        #[cfg(feature = "twin")]
        if weak::handle::is_meant(self.token) {
            return true;
        }
        api_keys::ApiKey::is_meant(self.token)
    }
}
