//! The ways to an account: registration, invitation, and the very first one.

use super::{Form, Nonce, OrganizationChoice, Page, SERVICE};
use askama::Template;

/// Registers a patient: `POST /signup` with `email`, `new_password`, and `organization` where one is to be chosen.
#[derive(Template)]
#[template(path = "sign_up.html")]
pub struct SignUp<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The organizations that take patients in.
    pub organizations: &'a [OrganizationChoice<'a>],
    /// The rule for passwords, in one sentence.
    pub rule: &'a str,
}

/// Accepts an invitation: `POST /invitation` with `token`, `new_password`.
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
    /// The rule for passwords, in one sentence.
    pub rule: &'a str,
}

/// Makes the first account: `POST /setup` with `code`, `organization`, `email`, `new_password`.
#[derive(Template)]
#[template(path = "setup.html")]
pub struct Setup<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The rule for passwords, in one sentence.
    pub rule: &'a str,
}

impl Page for SignUp<'_> {}
impl Page for Invitation<'_> {}
impl Page for Setup<'_> {}
