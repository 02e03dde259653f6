//! The way to an organization's own provider.

use super::{Form, Nonce, Page, Provider, SERVICE};
use askama::Template;

/// Asks for the e-mail address whose domain tells the organization: `POST /signin/find` with `email`. Where the
/// organization has several providers, they are listed.
#[derive(Template)]
#[template(path = "find_provider.html")]
pub struct FindProvider<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The providers of the organization, once it is known.
    pub providers: &'a [Provider<'a>],
}

/// Says where the browser goes next, and starts it: `POST /signin/with` with `provider` and, to link it with the account
/// that is signed in, `link`. A sign-in must not begin by an address alone: somebody else's page could open one.
#[derive(Template)]
#[template(path = "go_to_provider.html")]
pub struct GoToProvider<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// Where its sign-in is, for a person to read.
    pub destination: &'a str,
    /// How the organization calls its provider.
    pub name: &'a str,
    /// The provider's id.
    pub provider: &'a str,
    /// Whether it is to be linked with an account.
    pub link: bool,
}

impl Page for FindProvider<'_> {}

impl Page for GoToProvider<'_> {}
