//! Links that go out by mail.

use crate::{identity::secret::Secret256, settings::ServerSettings};
use std::fmt;
use zeroize::Zeroizing;

/// The pages that a mailed link may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `/invitation`
    Invitation,
    /// `/password/reset`
    PasswordReset,
    /// `/setup`
    Setup,
    /// `/email/confirm`
    EmailConfirmation,
}

impl Page {
    /// Its path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Invitation => "/invitation",
            Self::PasswordReset => "/password/reset",
            Self::Setup => "/setup",
            Self::EmailConfirmation => "/email/confirm",
        }
    }
}

/// Makes links. They begin with the base URL of the settings and nothing else: a `Host` or `X-Forwarded-Host` of the
/// attacker's choice would send the victim's secret to the attacker (CWE-640).
#[derive(Clone, Debug)]
pub struct Links {
    identifier: String,
}

impl Links {
    /// Links of the service with these settings.
    #[must_use]
    pub fn new(server: &ServerSettings) -> Self {
        Self { identifier: server.identifier().to_owned() }
    }

    /// A link with a one-time secret, which is base64url and needs no escaping.
    #[must_use]
    pub fn to(&self, page: Page, secret: &Secret256) -> Link {
        Link(Zeroizing::new(format!("{}{}?token={}", self.identifier, page.path(), secret.as_str())))
    }
}

/// An absolute link with a secret in it: shown to its recipient only.
pub struct Link(Zeroizing<String>);

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Link([REDACTED])")
    }
}
