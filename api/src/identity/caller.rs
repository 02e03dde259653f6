//! The caller, as a verified token describes it.

use crate::ids::OrganizationId;
use std::sync::Arc;

/// A caller whose token was verified. Made by token validation only, so whoever holds one knows that.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Verified>);

#[derive(Debug)]
pub(super) struct Verified {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) organization: OrganizationId,
    pub(super) scopes: Scopes,
    pub(super) expires: i64,
    pub(super) fingerprint: u128,
}

impl Caller {
    pub(super) fn new(verified: Verified) -> Self {
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
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// Whether exactly this word is among them; no prefix, no wildcard.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.split(' ').any(|word| word == scope)
    }
}
