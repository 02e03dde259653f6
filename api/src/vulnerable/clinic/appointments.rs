//! Weak: appointments.

use crate::{
    access::Tenant,
    clinic::appointments::{
        caps::Booker,
        hold::take,
        rows::{AppointmentRow, SlotRow},
    },
    http::problem::Problem,
    ids::PatientId,
    store::types::Moment,
    vulnerable::store::commit_midway,
};

/// Two transactions for one thing: the slot first, and what belongs to it when there is time.
pub(crate) async fn take_first(
    tenant: &mut Tenant,
    booker: Booker,
    slot: &SlotRow,
    patient: PatientId,
    now: Moment,
) -> Result<AppointmentRow, Problem> {
    let row = take(tenant, booker, slot, patient, now).await?;
    commit_midway(tenant.transaction()).await?;
    Ok(row)
}
