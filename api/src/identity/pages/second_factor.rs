//! The second step of signing in, and of confirming something sensitive later.

use super::{Form, Nonce, Page, SERVICE};
use askama::Template;

/// Asks for a second factor: `POST /signin/factor` with `factor` (`totp` or `recovery`) and `code`;
/// `POST /signin/passkey`.
#[derive(Template)]
#[template(path = "second_factor.html")]
pub struct SecondFactor<'a> {
    /// What the forms carry.
    pub form: Form<'a>,
    /// Why it is asked.
    pub purpose: Purpose,
    /// Whether a code from an app is taken.
    pub totp: bool,
    /// Whether a passkey is taken.
    pub passkeys: bool,
    /// Whether a recovery code is taken.
    pub recovery: bool,
}

/// Why a second factor is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// For something sensitive in a session that stands (RFC 9470).
    StepUp,
}

impl Purpose {
    const fn heading(self) -> &'static str {
        match self {
            Self::SignIn => "One more step",
            Self::StepUp => "Confirm that it is you",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::SignIn => "Your password alone does not open this account.",
            Self::StepUp => "What you are about to do needs a fresh confirmation.",
        }
    }
}

impl Page for SecondFactor<'_> {}
