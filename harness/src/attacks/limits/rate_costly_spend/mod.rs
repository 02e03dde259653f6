//! `rate-costly-spend`: what costs money or people's trust has limits of its own, exact to the unit.

mod challenges;
mod eligibility;
mod exports;
mod invitations;
mod strangers;

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        RATE_COSTLY_SPEND / "upstream" = eligibility::upstream,
        needs: Clinic,
        "Somebody took over the receptionist's session. Each question to the insurer costs the clinic money.",
        "They ask forty different ones; each of them once more; and all at once.",
    ),
    attack!(
        RATE_COSTLY_SPEND / "cap" = eligibility::cap,
        needs: Clinic,
        "The clinic has money for ten questions a day, and has asked nine.",
        "Five people ask at the same moment.",
    ),
    attack!(
        RATE_COSTLY_SPEND / "export" = exports::export,
        needs: Clinic,
        "A receptionist asks for five exports at once, and again.",
        "She and her colleagues come back every other hour, until a day has ten; then five of them ask at once.",
    ),
    attack!(
        RATE_COSTLY_SPEND / "challenge" = challenges::knocking,
        "Somebody took over an administrator's session: the service shall knock at a stranger's door until it gives in.",
        "They name the address, have it asked, remove it, and name it again.",
    ),
    attack!(
        RATE_COSTLY_SPEND / "sms-pump" = invitations::pump,
        "Somebody took over an administrator's session: one stranger shall get six mails at once.",
        "Then sixty strangers get one each.",
    ),
    attack!(
        RATE_COSTLY_SPEND / "strangers" = strangers::one_source,
        "Somebody registers sixty strangers from one place: each of them shall get a mail in the clinic's name.",
    ),
    attack!(
        RATE_COSTLY_SPEND / "mailbox" = strangers::mailbox,
        "Somebody registers one stranger with every organization that takes registrations, again and again, from everywhere.",
    ),
    attack!(
        RATE_COSTLY_SPEND / "full-queue" = strangers::full_queue,
        needs: People,
        "Strangers fill the queue of mails, while their mail server does not answer.",
        "A password is changed meanwhile: its owner must be told, as it may be a thief who changes it.",
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
            answer if answer.slug().as_deref() == Some("quota-exceeded") || answer.says_come_back() => {}
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
