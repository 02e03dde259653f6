//! Break-glass: a clinician opens the records of a patient whom they do not treat, because waiting would do harm. Always
//! with a reason and two fresh factors, for one patient and one hour, as often as emergencies happen and no more (`quota`),
//! told to the auditors at once, and reviewed by them.

mod alert;
mod open;
mod quota;
mod review;
mod rows;

use crate::{
    audit::EventName,
    http::endpoint::{AuditRule, Endpoint},
};
use actix_web::http::Method;

/// What webhooks are told: that the glass was broken. It reaches somebody also where no auditor has an address here.
pub(in crate::clinic) const OPENED: &str = "break-glass.opened";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let access = |event| Some(AuditRule { event, object_type: "break_glass_access" });
    vec![
        Endpoint::new(
            Method::POST,
            "/v1/patients/{patient}/break-glass",
            "breakGlass",
            "Opens a patient's records for an hour in an emergency. The auditors are told.",
            access(EventName::AuthzBreakGlass),
            open::open,
        ),
        Endpoint::new(
            Method::GET,
            "/v1/break-glass",
            "listBrokenGlass",
            "Lists what was opened in emergencies, oldest first: the queue of reviews.",
            access(EventName::SensitiveRead),
            review::list,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/break-glass/{access}/review",
            "reviewBrokenGlass",
            "Says whether the glass was broken rightly.",
            access(EventName::BreakGlassReviewed),
            review::review,
        ),
    ]
}
