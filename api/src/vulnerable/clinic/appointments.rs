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
    store::{StoreError, Transaction, types::Moment},
};

/// Makes half of the changes last, and goes on with the rest.
async fn commit_midway(transaction: &mut Transaction) -> Result<(), StoreError> {
    let begin = transaction.begin_sql();
    Ok(transaction.connection().batch(&format!("COMMIT; {begin}")).await?)
}

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
