//! Whoever counts before writing locks first what is counted: else two who count at the same time both find room.
//!
//! SQLite has one writer at a time, so a transaction for writing has everything locked. On PostgreSQL a row is locked that
//! all who count share, always the slot before the patient before the clinician, so that nobody waits in a circle.

use crate::{
    access::Tenant,
    http::problem::Problem,
    ids::{MemberId, PatientId, SlotId},
    store::{
        prelude::*,
        schema::{members, patients, slots},
    },
};

/// Until the end of the transaction nobody else takes or withdraws this slot.
pub(super) async fn slot(tenant: &mut Tenant, slot: SlotId) -> Result<(), Problem> {
    if let Connection::Postgres(connection) = tenant.connection() {
        let row = slots::table.find(slot).select(slots::id).for_no_key_update();
        let _: Option<SlotId> = row.first(&mut **connection).await.optional()?;
    }
    Ok(())
}

/// Until the end of the transaction nobody else books for this patient.
pub(super) async fn patient(tenant: &mut Tenant, patient: PatientId) -> Result<(), Problem> {
    if let Connection::Postgres(connection) = tenant.connection() {
        let row = patients::table.find(patient).select(patients::id).for_no_key_update();
        let _: Option<PatientId> = row.first(&mut **connection).await.optional()?;
    }
    Ok(())
}

/// Until the end of the transaction nobody else offers or books time of this clinician.
pub(super) async fn clinician(tenant: &mut Tenant, clinician: MemberId) -> Result<(), Problem> {
    if let Connection::Postgres(connection) = tenant.connection() {
        let row = members::table.find(clinician).select(members::id).for_no_key_update();
        let _: Option<MemberId> = row.first(&mut **connection).await.optional()?;
    }
    Ok(())
}
