//! Second factors, and how fresh a sign-in must be.

use super::Attack;
use crate::{
    attacks::{Browser, Person},
    client::Answer,
    verdict::{Control, Finding, Refusal},
};

mod mfa_otp;
mod mfa_required;
mod step_up_auth;

pub(in crate::attacks) use mfa_otp::codes_on;

pub(super) const ATTACKS: &[&[Attack]] = &[mfa_required::ATTACKS, mfa_otp::ATTACKS, step_up_auth::ATTACKS];

/// Password and code open the door; the tokens that come of it work.
pub(in crate::attacks) fn both_factors(person: &Person) -> Control<'_> {
    Control::checked(move || async move {
        let (_, tokens) = person.tokens().await.map_err(|error| error.to_string())?;
        let answer = person.me(&tokens.access).send_patiently().await.map_err(|error| error.to_string())?;
        if person.is_me(&answer) { Ok(()) } else { Err(format!("/v1/me answered {}", answer.summary())) }
    })
}

/// How a code is refused: the page comes again, and the audit log knows why.
pub(in crate::attacks) fn code_refused(reason: &str) -> Refusal {
    Refusal::bare(401).audit("authn_login_fail", reason).breach_if(let_in)
}

/// Whether the browser was let in: sent on, and not to another page of the sign-in.
pub(in crate::attacks) fn let_in(answer: &Answer) -> bool {
    let place = answer.leads_to().unwrap_or_default();
    answer.status == 303 && !place.starts_with("/signin")
}

/// The browser is sent back to the sign-in, and given no code.
fn sent_back(answer: &Answer) -> Finding {
    let place = answer.leads_to().unwrap_or_default();
    if place.contains("code=") {
        return Finding::Breach("a code was given".into());
    }
    if answer.succeeded() {
        return Finding::Breach(format!("the page was shown: {}", answer.summary()));
    }
    if answer.status == 303 && place.starts_with("/signin") {
        return Finding::Fine;
    }
    Finding::Unclear(format!("it was answered {}", answer.summary()))
}

/// A wrong code: none that an authenticator with this seed shows within minutes of now.
pub(in crate::attacks) fn wrong_code(person: &Person) -> Result<String, crate::verdict::AttackError> {
    let near: Vec<String> = (-4..=4).map(|steps| person.code(steps)).collect::<Result<_, _>>()?;
    let guesses = (0..100).map(|guess| format!("{:06}", 271_828 + guess * 7919));
    let mut wrong = guesses.filter(|guess| !near.contains(guess));
    wrong.next().ok_or_else(|| crate::verdict::AttackError::Setup("every guess is right".into()))
}

/// A session cookie of the browser that waits for a factor.
fn cookie(browser: &Browser) -> String {
    browser.cookie("__Host-session").unwrap_or_default()
}
