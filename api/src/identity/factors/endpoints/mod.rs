//! The pages on which the owner of an account looks after its factors. Every change needs a sign-in within five minutes,
//! with every factor that the account has already.

mod account;
#[cfg(feature = "passkeys")]
mod passkeys;
mod recovery_codes;
mod totp;

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
    let endpoints = vec![
        page(Method::GET, "/account", "showAccount", "Shows somebody their account.", &[], account::show),
        page(
            Method::GET,
            "/account/factors/totp",
            "showAuthenticatorEnrolment",
            "Shows the key for an authenticator app.",
            &[fields::TRANSACTION],
            totp::show,
        ),
        page(
            Method::POST,
            "/account/factors/totp",
            "enrolAuthenticator",
            "Takes an authenticator app by its first code; every other session ends.",
            &[fields::CSRF, fields::TRANSACTION, fields::CODE],
            totp::enrol,
        ),
        page(
            Method::GET,
            "/account/factors/totp/remove",
            "showAuthenticatorRemoval",
            "Asks before the authenticator app is removed.",
            &[],
            totp::ask_to_remove,
        ),
        page(
            Method::POST,
            "/account/factors/totp/remove",
            "removeAuthenticator",
            "Removes the authenticator app; every other session ends.",
            &[fields::CSRF],
            totp::remove,
        ),
        page(
            Method::POST,
            "/account/factors/recovery",
            "renewRecoveryCodes",
            "Makes new recovery codes and shows them once.",
            &[fields::CSRF],
            recovery_codes::renew,
        ),
    ];
    #[cfg(feature = "passkeys")]
    let endpoints = endpoints.into_iter().chain(passkeys::endpoints()).collect();
    endpoints
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
