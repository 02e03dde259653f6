//! Eligibility: whether an insurer pays for a patient.
//!
//! - `check`: the question, in three parts: right and cost, the insurer, the row.
//! - `question`: what goes out, and no more.
//! - `told`: what an insurer may answer.
//! - `alert`: who is told that the money of the day runs out.

mod alert;
mod check;
mod list;
pub(crate) mod question;
mod rows;
pub(crate) mod told;
mod views;

use crate::{
    audit::EventName,
    http::endpoint::{AuditRule, Endpoint},
};
use actix_web::http::Method;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const OF_PATIENT: &str = "/v1/patients/{patient}/eligibility";
    let check = |event| AuditRule { event, object_type: "eligibility_check" };
    vec![
        Endpoint::errand::<check::AskInsurer>(
            OF_PATIENT,
            "checkEligibility",
            "Asks the insurer whether it pays for a patient. The same question within ten minutes is answered from what is stored.",
            check(EventName::EligibilityChecked),
        ),
        Endpoint::new(
            Method::GET,
            OF_PATIENT,
            "listEligibility",
            "Lists what insurers answered about a patient, newest first.",
            Some(check(EventName::SensitiveRead)),
            list::list,
        ),
    ]
}
