//! The alert: a broken glass is told to somebody while it still counts.

use super::quota::Room;
use crate::{
    access::{Role, permission::BreakGlass},
    audit::EventName,
    http::{call::Call, problem::Problem},
    organizations::alerts::{self, Alert},
    protection::AUTHZ_OBJECT_ABAC,
};
use brigandine_enforce::enforces;

const ALERT: Alert = Alert {
    event: EventName::AuthzBreakGlass,
    what: "A clinician opened the records of a patient whom they do not treat",
    next: "Read the reason they gave, and say whether it was justified",
};

const OFTEN: Alert = Alert {
    what: "A clinician opened the records of patients whom they do not treat, for the fourth time or more in a day",
    next: "Ask them in person at once, and read the reasons they gave",
    ..ALERT
};

/// Writes to the auditors; where none but the opener has an address here, to the administrators, who appoint them.
#[enforces(AUTHZ_OBJECT_ABAC)]
pub(super) async fn tell_auditors(call: &mut Call<BreakGlass>, room: Room) -> Result<(), Problem> {
    let alert = match room {
        Room::Usual => ALERT,
        Room::Often => OFTEN,
    };
    alerts::tell(call, &[Role::Auditor, Role::Admin], alert).await
}
