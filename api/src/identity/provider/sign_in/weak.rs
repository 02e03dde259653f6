//! A sign-in that tells who exists, and one that takes many passwords at once; in twins only.

use super::{ABSENT, DISABLED};
use crate::{
    audit::Reason,
    http::visit::Visit,
    identity::passwords::{Password, PasswordError, Verification},
    protection::{ACCOUNT_ENUMERATION, LOGIN_THROTTLE_ACCOUNT},
};

/// What a talkative sign-in says.
pub(super) fn telling(reason: Reason) -> Option<&'static str> {
    match reason {
        _ if ACCOUNT_ENUMERATION.holds() => None,
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
    if LOGIN_THROTTLE_ACCOUNT.holds() || first.matches {
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
