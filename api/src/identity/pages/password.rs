//! Passwords: forgotten, reset, changed, asked for once more.

use super::{Form, Nonce, Page, SERVICE};
use askama::Template;

/// Asks where to send the link: `POST /password/forgot` with `email`.
#[derive(Template)]
#[template(path = "forgot_password.html")]
pub struct ForgotPassword<'a> {
    /// What the form carries.
    pub form: Form<'a>,
}

/// Where the link leads: `POST /password/reset` with `token`, `new_password`.
#[derive(Template)]
#[template(path = "reset_password.html")]
pub struct ResetPassword<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The token of the link.
    pub token: &'a str,
    /// The rule for passwords, in one sentence.
    pub rule: &'a str,
}

/// Changes it: `POST /account/password` with `password`, `new_password`.
#[derive(Template)]
#[template(path = "change_password.html")]
pub struct ChangePassword<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The account's e-mail address.
    pub email: &'a str,
    /// The rule for passwords, in one sentence.
    pub rule: &'a str,
}

/// Asks for it before something sensitive, from who has no second factor: `POST /signin/confirm` with `password`.
#[derive(Template)]
#[template(path = "reauthenticate.html")]
pub struct Reauthenticate<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The account's e-mail address.
    pub email: &'a str,
}

impl Page for ForgotPassword<'_> {}
impl Page for ResetPassword<'_> {}
impl Page for ChangePassword<'_> {}

impl Page for Reauthenticate<'_> {}
