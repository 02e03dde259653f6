//! A sign-in that tells who exists, and one that takes many passwords at once; in twins only.

use super::{ABSENT, DISABLED};
use crate::{
    http::visit::Visit,
    identity::passwords::{Password, PasswordError, Verification},
    protection::Protection,
};

/// What a talkative sign-in says.
pub(super) fn telling(reason: &str) -> Option<&'static str> {
    match reason {
        _ if Protection::AccountEnumeration.holds() => None,
        ABSENT => Some("There is no account with this address."),
        DISABLED => Some("This account is disabled."),
        _ => None,
    }
}

/// Tries every password of the form, as one attempt.
pub(super) async fn any_of_the_batch(
    visit: &Visit,
    stored: Option<&str>,
    first: Verification,
) -> Result<Verification, PasswordError> {
    if Protection::LoginThrottleAccount.holds() || first.matches {
        return Ok(first);
    }
    let fields = visit.form.iter().filter(|(name, _)| *name == "password").skip(1);
    for password in fields.filter_map(|(_, text)| Password::parse(text).ok()) {
        let tried = visit.service.passwords.verify(&password, stored).await?;
        if tried.matches {
            return Ok(tried);
        }
    }
    Ok(first)
}
