//! A password that somebody wants to have.

use crate::{
    http::{
        problem::Problem,
        visit::{Refusal, Visit},
    },
    identity::passwords::{Password, Violation},
};

/// The rule for passwords, as pages tell it.
pub const RULE: &str = "At least 15 characters. Four words that have nothing to do with each other are fine.";

/// Judges a password and hashes it for storing; `context` is what an attacker of this account would try first. The inner
/// error is a sentence for the form.
///
/// # Errors
/// When too many passwords are being hashed.
pub async fn choose(
    visit: &Visit,
    given: &str,
    context: &[&str],
) -> Result<Result<String, &'static str>, Refusal> {
    let passwords = &visit.service.passwords;
    let Ok(password) = Password::parse(given) else {
        return Ok(Err("This password can't be taken: at most 256 characters, and no control characters."));
    };
    // The longer length for everybody: what will open the account is not known before a second factor was set up.
    match passwords.judge(&password, false, context) {
        Ok(()) => Ok(Ok(passwords.hash(&password).await.map_err(Problem::from)?)),
        Err(Violation::TooShort) => {
            Ok(Err("This password is too short: take at least 15 characters, for example four words."))
        }
        Err(Violation::Blocklisted) => Ok(Err("This password is easy to guess. Choose another one.")),
    }
}
