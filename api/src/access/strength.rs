//! How thoroughly, and how lately, a caller must have signed in.
//!
//! It is asked of the token, whichever provider signed it: `acr` is `2` after two factors, `auth_time` is when they were
//! shown. A refreshed token keeps both.

use super::Role;
use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
    identity::Caller,
    protection::{MFA_REQUIRED, STEP_UP_AUTH},
};
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use brigandine_enforce::enforces;

/// `acr` of a sign-in with two factors.
const TWO_FACTORS: &str = "2";
/// How long such a sign-in counts as fresh, in seconds (catalogue P2).
const FRESH: i64 = 300;
/// How far an issuer's clock may be ahead, in seconds.
const AHEAD: i64 = 10;
/// RFC 9470 §3.
const CHALLENGE: &str = r#"Bearer error="insufficient_user_authentication", acr_values="2", max_age="300""#;

/// As [`CHALLENGE`], for what needs a sign-in of its own: no one that stands will do.
const CHALLENGE_NOW: &str = r#"Bearer error="insufficient_user_authentication", acr_values="2", max_age="0""#;

/// What the effect of a permission demands of the sign-in: see [`super::Effect::strength`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// What the role demands anyway.
    Usual,
    /// Two factors, shown a moment ago (RFC 9470): for what a stolen session must not do.
    Fresh,
}

/// What a request is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// Where it comes from.
    pub source: std::net::IpAddr,
    /// The time, in seconds since 1970.
    pub now: i64,
}

/// The challenge to sign in again.
#[must_use]
pub(crate) fn step_up(reason: Reason) -> Problem {
    challenge(reason, CHALLENGE)
}

/// The challenge to sign in again for this very request.
#[must_use]
pub fn step_up_now(reason: Reason) -> Problem {
    challenge(reason, CHALLENGE_NOW)
}

fn challenge(reason: Reason, text: &'static str) -> Problem {
    let problem = Problem::new(Kind::InsufficientUserAuthentication).because(reason);
    problem.with_header(WWW_AUTHENTICATE, HeaderValue::from_static(text))
}

/// Refuses a sign-in that is too weak or too old, for the effect or for the role.
///
/// # Errors
/// `insufficient-user-authentication`; `mfa-enrolment-required`.
pub(super) fn check(caller: &Caller, role: Role, strength: Strength, demand: Demand) -> Result<(), Problem> {
    check_freshness(caller, strength, demand.now)?;
    check_factors(caller, role)
}

/// What a stolen session must not do needs two factors that were shown a moment ago (RFC 9470).
#[enforces(STEP_UP_AUTH)]
fn check_freshness(caller: &Caller, strength: Strength, now: i64) -> Result<(), Problem> {
    let fresh = caller.authenticated_at().is_some_and(|at| {
        let age = now.saturating_sub(at);
        (-AHEAD..=FRESH).contains(&age)
    });
    if strength == Strength::Fresh && !(is_thorough(caller) && fresh) {
        return Err(step_up(Reason::STEP_UP));
    }
    Ok(())
}

/// A role that can do harm needs a second factor: a guessed or stolen password alone opens none. One that was raised
/// after the sign-in sleeps until a second factor was shown.
#[enforces(MFA_REQUIRED)]
fn check_factors(caller: &Caller, role: Role) -> Result<(), Problem> {
    if role.needs_second_factor() && !is_thorough(caller) {
        return Err(Problem::new(Kind::MfaEnrolmentRequired).because(Reason::MFA_MISSING));
    }
    Ok(())
}

fn is_thorough(caller: &Caller) -> bool {
    caller.acr() == Some(TWO_FACTORS)
}
