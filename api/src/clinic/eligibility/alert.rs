//! The alert: an organization that has spent most of its day's money hears of it while there is some left.

use crate::{
    access::{Role, permission::CheckEligibility},
    audit::EventName,
    http::{call::Call, problem::Problem},
    organizations::alerts::{self, Alert},
};

const ALERT: Alert = Alert {
    event: EventName::SpendCapReached,
    what: "Four fifths of what may be spent on eligibility checks today are spent",
    next: "Look who asks so often; at the end of it nobody can ask until midnight (UTC)",
};

/// Writes to the administrators, who know what is normal.
pub(super) async fn tell_administrators(call: &mut Call<CheckEligibility>) -> Result<(), Problem> {
    alerts::tell(call, &[Role::Admin], ALERT).await
}
