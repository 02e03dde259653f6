//! The ways to an account: registration, invitation, and the very first one.

use super::{Form, Nonce, OrganizationChoice, Page, SERVICE};
use askama::Template;

/// Registers a patient: `POST /signup` with `email` and `organization`. The mailed link leads to [`Invitation`].
#[derive(Template)]
#[template(path = "sign_up.html")]
pub struct SignUp<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The organizations that take patients in.
    pub organizations: &'a [OrganizationChoice<'a>],
}

/// Accepts an invitation: `POST /invitation` with `token`, `display_name`, `new_password`.
#[derive(Template)]
#[template(path = "invitation.html")]
pub struct Invitation<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The token of the invitation.
    pub token: &'a str,
    /// Who invites.
    pub organization: &'a str,
    /// As what.
    pub role: &'a str,
    /// The address that was invited.
    pub email: &'a str,
    /// Whether it has an account: shown to whoever holds the mailed link, and to nobody else.
    pub known: bool,
    /// Whether this browser is signed in to that account.
    pub signed_in: bool,
    /// Whether the person says how they are called.
    pub asks_name: bool,
    /// The rule for passwords, in one sentence.
    pub rule: &'a str,
}

/// Makes an organization's first administrator: `POST /setup` with `token`, `display_name`, `email`, `new_password`.
#[derive(Template)]
#[template(path = "setup.html")]
pub struct Setup<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The token that the operator was shown.
    pub token: &'a str,
    /// The organization's name.
    pub organization: &'a str,
    /// The rule for passwords, in one sentence.
    pub rule: &'a str,
}

impl Page for SignUp<'_> {}
impl Page for Invitation<'_> {}
impl Page for Setup<'_> {}
