//! The caller, as a verified token describes it.

use super::{networks::Networks, revocation};
use crate::ids::OrganizationId;
use std::sync::Arc;

/// A caller whose token was verified. Made by token validation only, so whoever holds one knows that.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Verified>);

#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) organization: OrganizationId,
    pub(crate) scopes: Scopes,
    pub(crate) expires: i64,
    pub(crate) fingerprint: u128,
    pub(crate) client: String,
    pub(crate) session: Option<String>,
    pub(crate) acr: Option<String>,
    pub(crate) authenticated_at: Option<i64>,
    pub(crate) key_thumbprint: Option<String>,
    pub(crate) networks: Networks,
    pub(crate) revocation_keys: [revocation::Key; 3],
}

impl Caller {
    pub(crate) fn new(verified: Verified) -> Self {
        Self(Arc::new(verified))
    }

    /// `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// `org`: the one organization that this token is for.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.0.organization
    }

    /// `scope`.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.0.scopes
    }

    /// `exp`, seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> i64 {
        self.0.expires
    }

    /// `client_id`: the program that was given the token.
    #[must_use]
    pub fn client(&self) -> &str {
        &self.0.client
    }

    /// Whether the token is a program's own: then the issuer names the program in `sub` as well (RFC 9068 §2.2).
    #[must_use]
    pub fn is_program(&self) -> bool {
        self.0.client == self.0.subject
    }

    /// `sid`: the sign-in that the token came of, where the issuer says so.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.0.session.as_deref()
    }

    /// `acr`: how thoroughly somebody signed in.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.0.acr.as_deref()
    }

    /// `auth_time`: when they did, in seconds since 1970.
    #[must_use]
    pub fn authenticated_at(&self) -> Option<i64> {
        self.0.authenticated_at
    }

    /// `cnf.jkt`: the key that the token is bound to.
    #[must_use]
    pub fn key_thumbprint(&self) -> Option<&str> {
        self.0.key_thumbprint.as_deref()
    }

    /// Where the credential itself may be used from; who holds it may be bound further.
    #[must_use]
    pub fn networks(&self) -> &Networks {
        &self.0.networks
    }

    /// What the token hangs on, as it is written down when it ends early: itself, its grant, its session.
    #[must_use]
    pub fn revocation_keys(&self) -> &[revocation::Key; 3] {
        &self.0.revocation_keys
    }

    /// One number for issuer and subject: the same for all tokens of one principal.
    #[must_use]
    pub fn fingerprint(&self) -> u128 {
        self.0.fingerprint
    }
}

/// The scopes of a token (RFC 6749 §3.3): case-sensitive words, one space between.
#[derive(Clone, Debug, Default)]
pub struct Scopes(String);

impl Scopes {
    /// From words with one space between.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The words, as one text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether exactly this word is among them; no prefix, no wildcard.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.split(' ').any(|word| word == scope)
    }
}
