//! The alert: a broken glass is told to somebody while it still counts.

use crate::{
    access::{Role, permission::BreakGlass},
    audit::EventName,
    http::{call::Call, problem::Problem},
    organizations::alerts::{self, Alert},
    protection::Protection,
};

const ALERT: Alert = Alert {
    event: EventName::AuthzBreakGlass,
    what: "A clinician opened the records of a patient whom they do not treat",
    next: "Read the reason they gave, and say whether it was justified",
};

/// Writes to the auditors; where none has an address here, to the administrators, who appoint them.
pub(super) async fn tell_auditors(call: &mut Call<BreakGlass>) -> Result<(), Problem> {
    if !Protection::AuthzObjectAbac.holds() {
        return Ok(());
    }
    alerts::tell(call, &[Role::Auditor, Role::Admin], ALERT).await
}
