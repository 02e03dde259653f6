//! How the owner of an account changes what it is opened with, or gets in again after forgetting it.
//!
//! - `forgot`, `reset`: a link to the stored address sets a new password. It signs nobody in, and no second factor is
//!   passed by.
//! - `change_password`, `change_email`: by somebody who signed in a moment ago and knows the password.
//! - `choice`: which password may be had.
//!
//! Whatever changes, the account's former address is told, and who else was signed in is no longer.

mod change_email;
mod change_password;
mod choice;
mod confirm_email;
mod confirmation;
mod forgot;
mod notice;
mod reauthenticate;
mod reset;
#[cfg(feature = "twin")]
mod weak;

pub use choice::{RULE, choose};
pub use confirmation::ask_to_confirm;
pub use notice::post as post_notice;

use crate::http::{
    endpoint::Endpoint,
    visit::{Refusal, Reply, Style, Visit},
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
            &["csrf", "email"],
            forgot::ask,
        ),
        page(
            Method::GET,
            "/password/reset",
            "showPasswordReset",
            "Asks for a new password.",
            &["token"],
            reset::show,
        ),
        page(
            Method::POST,
            "/password/reset",
            "resetPassword",
            "Sets a new password by a mailed link; every session ends.",
            &["csrf", "token", "new_password"],
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
            &["csrf", "password", "new_password"],
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
            &["csrf", "password", "email"],
            change_email::change,
        ),
        page(
            Method::GET,
            "/email/confirm",
            "showEmailConfirmation",
            "Asks to confirm an address.",
            &["token"],
            confirm_email::show,
        ),
        page(
            Method::POST,
            "/email/confirm",
            "confirmEmail",
            "Confirms an address by a mailed link.",
            &["csrf", "token"],
            confirm_email::confirm,
        ),
    ]
}

fn page<F>(
    method: Method,
    path: &'static str,
    operation: &'static str,
    summary: &'static str,
    fields: &'static [&'static str],
    handler: F,
) -> Endpoint
where
    F: AsyncFn(&mut Visit) -> Result<Reply, Refusal> + Copy + 'static,
{
    Endpoint::visited(method, path, operation, summary, Style::Page, fields, handler)
}
