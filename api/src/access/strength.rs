//! How thoroughly, and how lately, a caller must have signed in.
//!
//! It is asked of the token, whichever provider signed it: `acr` is `2` after two factors, `auth_time` is when they were
//! shown. A refreshed token keeps both.

use super::Role;
use crate::{
    http::problem::{Kind, Problem},
    identity::Caller,
    protection::Protection,
};
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};

/// `acr` of a sign-in with two factors.
const TWO_FACTORS: &str = "2";
/// How long such a sign-in counts as fresh, in seconds (catalogue P2).
const FRESH: i64 = 300;
/// How far an issuer's clock may be ahead, in seconds.
const AHEAD: i64 = 10;
/// RFC 9470 §3.
const CHALLENGE: &str = r#"Bearer error="insufficient_user_authentication", acr_values="2", max_age="300""#;

/// What an endpoint demands beyond its permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// What the role demands anyway.
    Usual,
    /// Two factors, shown a moment ago (RFC 9470): for what a stolen session must not do.
    Fresh,
}

/// What is demanded of this request.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// By the endpoint.
    pub strength: Strength,
    /// Where it comes from.
    pub source: std::net::IpAddr,
    /// The time, in seconds since 1970.
    pub now: i64,
}

/// The challenge to sign in again.
#[must_use]
pub(crate) fn step_up(reason: &'static str) -> Problem {
    let problem = Problem::new(Kind::InsufficientUserAuthentication).because(reason);
    problem.with_header(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE))
}

/// Refuses a sign-in that is too weak or too old, for the endpoint or for the role.
///
/// # Errors
/// `insufficient-user-authentication`; `mfa-enrolment-required`.
pub(super) fn check(caller: &Caller, role: Role, demand: Demand) -> Result<(), Problem> {
    let thorough = caller.acr() == Some(TWO_FACTORS);
    let fresh = caller.authenticated_at().is_some_and(|at| {
        let age = demand.now.saturating_sub(at);
        (-AHEAD..=FRESH).contains(&age)
    });
    if demand.strength == Strength::Fresh && !(thorough && fresh) && Protection::StepUpAuth.holds() {
        return Err(step_up("step-up"));
    }
    // A role that was raised after the sign-in sleeps until a second factor was shown.
    if role.needs_second_factor() && !thorough && Protection::MfaRequired.holds() {
        return Err(Problem::new(Kind::MfaEnrolmentRequired).because("mfa.missing"));
    }
    Ok(())
}
