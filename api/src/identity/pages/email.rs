//! E-mail addresses: changed and confirmed.

use super::{Form, Nonce, Page, SERVICE};
use askama::Template;

/// Changes the address: `POST /account/email` with `email`, `password`.
#[derive(Template)]
#[template(path = "change_email.html")]
pub struct ChangeEmail<'a> {
    /// What the form carries.
    pub form: Form<'a>,
}

/// Where the link leads: `POST /email/confirm` with `token`. A press is asked for, because mail scanners open links.
#[derive(Template)]
#[template(path = "confirm_email.html")]
pub struct ConfirmEmail<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The token of the link.
    pub token: &'a str,
}

impl Page for ChangeEmail<'_> {}
impl Page for ConfirmEmail<'_> {}
