//! How the owner of an account changes what it is opened with, or gets in again after forgetting it.
//!
//! - `forgot`, `reset`: a link to the stored address sets a new password. It signs nobody in, and no second factor is
//!   passed by.
//! - `change_password`, `change_email`: by somebody who signed in a moment ago and knows the password.
//! - `choice`: which password may be had.
//! - `changed`: what follows from each of these, and from every change of a factor.
//!
//! Whatever changes, the account's former address is told, and who else was signed in is no longer.

mod change_email;
mod change_password;
mod changed;
mod choice;
mod confirm_email;
mod confirmation;
pub(crate) mod forgot;
mod notice;
mod reauthenticate;
mod reset;
#[cfg(test)]
mod tests;

pub use changed::{Change, Changed, changed};
pub use choice::{RULE, choose};
pub use confirmation::ask_to_confirm;
pub use notice::post as post_notice;

use crate::{
    http::{
        endpoint::Endpoint,
        visit::{Field, Refusal, Reply, Style, Visit},
    },
    identity::fields,
};
use actix_web::http::Method;

/// The endpoints of this folder.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        page(
            Method::GET,
            "/password/forgot",
            "showForgottenPassword",
            "Asks for the address of an account.",
            &[],
            forgot::show,
        ),
        page(
            Method::POST,
            "/password/forgot",
            "forgetPassword",
            "Mails a link for a new password; the answer is the same for every address.",
            &[fields::CSRF, fields::EMAIL],
            forgot::ask,
        ),
        page(
            Method::GET,
            "/password/reset",
            "showPasswordReset",
            "Asks for a new password.",
            &[fields::LINK_TOKEN],
            reset::show,
        ),
        page(
            Method::POST,
            "/password/reset",
            "resetPassword",
            "Sets a new password by a mailed link; every session ends.",
            &[fields::CSRF, fields::LINK_TOKEN, fields::NEW_PASSWORD],
            reset::reset,
        ),
        page(
            Method::GET,
            "/account/password",
            "showPasswordChange",
            "Asks for the old and a new password.",
            &[],
            change_password::show,
        ),
        page(
            Method::POST,
            "/account/password",
            "changePassword",
            "Changes the password; every other session ends.",
            &[fields::CSRF, fields::PASSWORD, fields::NEW_PASSWORD],
            change_password::change,
        ),
        page(
            Method::GET,
            "/account/email",
            "showEmailChange",
            "Asks for another address.",
            &[],
            change_email::show,
        ),
        page(
            Method::POST,
            "/account/email",
            "changeEmail",
            "Mails a link to another address; it takes effect when the link is used.",
            &[fields::CSRF, fields::PASSWORD, fields::EMAIL],
            change_email::change,
        ),
        page(
            Method::GET,
            "/email/confirm",
            "showEmailConfirmation",
            "Asks to confirm an address.",
            &[fields::LINK_TOKEN],
            confirm_email::show,
        ),
        page(
            Method::POST,
            "/email/confirm",
            "confirmEmail",
            "Confirms an address by a mailed link.",
            &[fields::CSRF, fields::LINK_TOKEN],
            confirm_email::confirm,
        ),
    ]
}

fn page<F>(
    method: Method,
    path: &'static str,
    operation: &'static str,
    summary: &'static str,
    fields: &'static [Field],
    handler: F,
) -> Endpoint
where
    F: AsyncFn(&mut Visit) -> Result<Reply, Refusal> + Copy + 'static,
{
    Endpoint::visited(method, path, operation, summary, Style::Page, fields, handler)
}
