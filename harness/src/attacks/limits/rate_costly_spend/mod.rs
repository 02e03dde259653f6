//! `rate-costly-spend`: what costs money or people's trust has limits of its own, exact to the unit.

mod eligibility;
mod exports;
mod invitations;

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        RateCostlySpend / "upstream" = eligibility::upstream,
        needs: Clinic,
        "Somebody took over the receptionist's session. Each question to the insurer costs the clinic money.",
        "They ask forty different ones; each of them once more; and all at once.",
    ),
    attack!(
        RateCostlySpend / "cap" = eligibility::cap,
        needs: Clinic,
        "The clinic has money for ten questions a day, and has asked nine.",
        "Five people ask at the same moment.",
    ),
    attack!(
        RateCostlySpend / "export" = exports::export,
        needs: Clinic,
        "A receptionist asks for five exports at once, and again.",
        "She and her colleagues come back every other hour, until a day has ten; then five of them ask at once.",
    ),
    attack!(
        RateCostlySpend / "sms-pump" = invitations::pump,
        "Somebody took over an administrator's session: one stranger shall get six mails at once.",
        "Then sixty strangers get one each.",
    ),
];

/// How many of these requests, sent at once, were taken.
async fn taken(trial: &mut Trial<'_>, requests: &[Request]) -> Result<usize, AttackError> {
    let all = futures_util::future::join_all(requests.iter().map(Request::send_patiently));
    let answers = trial.honestly(async { Ok::<_, AttackError>(all.await) }).await?;
    let mut taken = 0;
    for answer in answers {
        match answer? {
            answer if answer.status == 201 => taken += 1,
            answer if answer.slug().as_deref() == Some("quota-exceeded") => {}
            answer => trial.found("at once", Finding::Unclear(answer.summary())),
        }
    }
    Ok(taken)
}

fn exactly(wanted: usize, taken: usize) -> Finding {
    let told = format!("{taken} were taken where {wanted} may be");
    if taken < wanted { Finding::Unclear(told) } else { Finding::must(taken == wanted, told) }
}

/// The refusal of one too many, by its reason in the audit log.
fn exceeded(reason: &str) -> Refusal {
    Refusal::problem(429, "quota-exceeded")
        .header_has("retry-after", "")
        .audit("excess_rate_limit_exceeded", reason)
}
