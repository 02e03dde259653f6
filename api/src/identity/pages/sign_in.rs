//! The first page: e-mail address and password, or another way in.

use super::{Form, Nonce, Page, SERVICE};
use askama::Template;

/// Asks for e-mail address and password: `POST /signin` with `email`, `password`; `POST /signin/passkey`.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn<'a> {
    /// What the forms carry.
    pub form: Form<'a>,
    /// The client that waits for it.
    pub client: Option<&'a str>,
    /// Whether some organization has its staff sign in with a provider of its own: `GET /signin/with`.
    pub organizations: bool,
    /// Whether passkeys are offered.
    pub passkeys: bool,
    /// Whether patients may register themselves.
    pub registration: bool,
}

/// A provider that an organization's staff may sign in with.
#[derive(Clone, Copy, Debug)]
pub struct Provider<'a> {
    /// Its name.
    pub name: &'a str,
    /// The path of this service that starts the sign-in there.
    pub href: &'a str,
}

impl Page for SignIn<'_> {}
