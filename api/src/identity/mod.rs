//! Who is calling.
//!
//! Every access token, whoever signed it, passes one validation path: [`token`] reads it, [`issuer`] knows whose keys
//! may vouch for it, [`verified`] remembers it until it expires. The result is a [`Caller`], which nothing else can
//! make. The built-in [`provider`] is one more [`issuer`] beside those that the settings name.

pub(crate) mod account_events;
pub mod accounts;
pub mod api_keys;
pub(crate) mod authorization_header;
pub mod caller;
pub(crate) mod claims;
pub mod credentials;
mod discovery;
mod documents;
pub mod dpop;
pub mod factors;
pub mod federation;
pub(crate) mod fields;
pub mod import;
pub mod issuer;
pub(crate) mod jwks;
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
pub(crate) mod token;
pub(crate) mod verified;

pub use caller::{Caller, Scopes};
pub use refusal::TokenRefusal;

use crate::{
    clock::Clock,
    http::problem::Problem,
    protection::{CSRF_NO_AMBIENT, TOKEN_REQUIRED, TOKEN_TYPE},
    service::Service,
    settings::{Settings, SettingsError},
};
use actix_web::http::header::HeaderMap;
use brigandine_enforce::enforces;
use issuer::Issuers;
use provider::SigningKeys;
use std::sync::Arc;

/// Everything needed to tell who is calling. Cheap to clone; shared by all workers.
#[derive(Clone)]
pub struct Identity {
    issuers: Arc<Issuers>,
    pub(crate) verified: Arc<verified::Memory>,
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

    /// The caller, if the credential was verified before by this process and still stands. Costs a hash.
    ///
    /// # Errors
    /// When there is no single bearer token in the headers.
    pub fn recall<'h>(&self, headers: &'h HeaderMap) -> Result<Presented<'h>, TokenRefusal> {
        let token = match credential(headers) {
            Ok(token) => token,
            Err(refusal) => return self.nobody(refusal),
        };
        let digest = verified::digest(token);
        Ok(match self.verified.recall(&digest, self.issuers.epoch(), self.clock.unix_seconds()) {
            Some(caller) => Presented::Known(caller),
            None => Presented::New(NewToken { token, digest }),
        })
    }

    /// Who shows no credential is nobody: there is no caller before, and none by default (ASVS 8.3.1).
    #[enforces(TOKEN_REQUIRED, otherwise = crate::vulnerable::identity::tokens::credentials::whoever_came_last)]
    fn nobody<'h>(&self, refusal: TokenRefusal) -> Result<Presented<'h>, TokenRefusal> {
        Err(refusal)
    }

    /// Verifies a credential that was not seen before: an access token, or a program's key.
    ///
    /// # Errors
    /// `invalid-token` with the reason for the audit log, or `dependency-unavailable`.
    pub async fn verify(&self, new: NewToken<'_>, service: &Service) -> Result<Caller, Problem> {
        let epoch = self.issuers.epoch();
        let caller = self.holder(new.token, service).await?;
        self.verified.remember(new.digest, epoch, self.clock.unix_seconds(), &caller);
        Ok(caller)
    }

    /// The holder of a credential, which is an access token or a program's key. What else is handed out opens nothing: a
    /// session that waits for the second factor, a code, a refresh token, a mailed link (RFC 8725 §3.12; ASVS 9.2.2).
    #[enforces(TOKEN_TYPE, otherwise = crate::vulnerable::identity::tokens::credentials::holder_of_any_handle)]
    async fn holder(&self, text: &str, service: &Service) -> Result<Caller, Problem> {
        self.holder_of_credential(text, service).await
    }

    pub(crate) async fn holder_of_credential(
        &self,
        text: &str,
        service: &Service,
    ) -> Result<Caller, Problem> {
        if api_keys::ApiKey::is_meant(text) {
            return api_keys::verify(text, service).await;
        }
        Ok(token::verify(text, &self.issuers, self.clock).await?)
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

/// The credential stands in the one field that a program has to set. Cookies are not looked at: browsers send them along by
/// themselves, wherever a request comes from (CWE-352).
#[enforces(CSRF_NO_AMBIENT, otherwise = crate::vulnerable::identity::tokens::credentials::session_cookie_first)]
fn credential(headers: &HeaderMap) -> Result<&str, TokenRefusal> {
    authorization_header::credential(headers).map(|credential| credential.token)
}
