//! The passkey ceremony, the one page that needs a script.

use super::{Form, Nonce, Page, SERVICE, TrustedScript};
use askama::Template;

/// Asks the browser for a passkey and posts its answer to `action` as `credential`; when enrolling, with its `name`.
#[derive(Template)]
#[template(path = "passkey.html")]
pub struct PasskeyPage<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// Which ceremony it is.
    pub ceremony: Ceremony,
    /// Its id, sent back as `ceremony`.
    pub id: &'a str,
    /// The options of the ceremony, as JSON.
    pub options: &'a str,
    /// What asks the browser.
    pub script: TrustedScript,
    /// The path that takes the answer.
    pub action: &'static str,
    /// The path of another way.
    pub back: &'static str,
}

/// Which ceremony it is (WebAuthn Level 3 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// A new passkey.
    Enrol,
    /// Show one, to sign in or to confirm.
    Show,
}

impl Ceremony {
    const fn kind(self) -> &'static str {
        match self {
            Self::Enrol => "create",
            Self::Show => "get",
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Enrol => "Add a passkey",
            Self::Show => "Use a passkey",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Enrol => "Your device keeps it and asks for your finger, face or PIN.",
            Self::Show => "Your device asks for your finger, face or PIN.",
        }
    }

    const fn button(self) -> &'static str {
        match self {
            Self::Enrol => "Make the passkey",
            Self::Show => "Continue",
        }
    }
}

impl Page for PasskeyPage<'_> {
    fn has_ceremony(&self) -> bool {
        true
    }
}
