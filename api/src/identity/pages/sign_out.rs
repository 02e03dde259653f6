//! The end of a session.

use super::{Form, Nonce, Page, SERVICE};
use askama::Template;

/// Asks before ending the session, so that no foreign page can end it: posts to `action`.
#[derive(Template)]
#[template(path = "sign_out.html")]
pub struct SignOut<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The client that asks for it.
    pub client: Option<&'a str>,
    /// The path that ends it.
    pub action: &'a str,
}

impl Page for SignOut<'_> {}

/// Says that the session has ended.
#[derive(Template)]
#[template(path = "signed_out.html")]
pub struct SignedOut<'a> {
    /// The way back to the client.
    pub back: Option<Link<'a>>,
}

impl Page for SignedOut<'_> {}

/// A way onward.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// What is there.
    pub name: &'a str,
    /// Its address, which the service has checked.
    pub href: &'a str,
}
