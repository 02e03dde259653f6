//! A client asks to act for a person.

use super::{Form, Nonce, Page, SERVICE};
use askama::Template;

/// Asks whether a client may have what it asks for: `POST /oauth2/consent` with `decision` (`allow` or `deny`).
#[derive(Template)]
#[template(path = "consent.html")]
pub struct Consent<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// Where the answer goes, for a person to read: it is the one thing about a client that it can't make up.
    pub destination: &'a str,
    /// The client's name, as it was registered.
    pub client: &'a str,
    /// The organization that it will work with.
    pub organization: &'a str,
    /// The e-mail address of the account.
    pub account: &'a str,
    /// What it asks for, in plain words that follow "It asks to".
    pub scopes: &'a [&'a str],
}

impl Page for Consent<'_> {}
