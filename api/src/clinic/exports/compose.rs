//! What is in the file: what the caller would have been shown by asking for it piece by piece, through the same queries
//! and the same views. Nothing here has rights of its own, so nobody gets more by asking for an export (CWE-441).

use super::writer::Writer;
use crate::{
    access::permission::{DownloadExports, ReadAppointments, ReadDocuments, ReadPatients, ReadRecords},
    clinic::{appointments, care::standing_with, documents, patients, records},
    http::{call::Call, page::Batch, problem::Problem},
    ids::PatientId,
    store::types::Moment,
};
use serde::Serialize;

/// Writes a section for each kind of data that the caller may read of the patient, now.
pub(super) async fn compose(
    call: &mut Call<DownloadExports>,
    patient: PatientId,
    writer: &mut Writer,
) -> Result<(), Problem> {
    let now = Moment::from(call.clock.now());
    if let Some(allowed) = call.also::<ReadPatients>() {
        writer.section("patient");
        let view = patients::view(&mut call.tenant, &allowed, &call.keyring, patient).await?;
        writer.item(*patient.as_uuid(), &view)?;
    }
    if let Some(allowed) = call.also::<ReadAppointments>() {
        writer.section("appointments");
        let tenant = &mut call.tenant;
        whole(writer, async |after| appointments::batch(tenant, &allowed, now, patient, after).await).await?;
    }
    if let Some(allowed) = call.also::<ReadDocuments>() {
        writer.section("documents");
        let (tenant, keyring) = (&mut call.tenant, &call.keyring);
        whole(writer, async |after| documents::batch(tenant, &allowed, keyring, patient, after).await)
            .await?;
    }
    if let Some(allowed) = call.also::<ReadRecords>() {
        writer.section("records");
        let (tenant, keyring) = (&mut call.tenant, &call.keyring);
        let in_care = standing_with(tenant, &allowed, now, patient).await?;
        whole(writer, async |after| records::batch(tenant, &allowed, keyring, &in_care, after).await).await?;
    }
    Ok(())
}

async fn whole<T: Serialize>(
    writer: &mut Writer,
    mut batch: impl AsyncFnMut(Option<crate::http::page::Position>) -> Result<Batch<T>, Problem>,
) -> Result<(), Problem> {
    let mut after = None;
    loop {
        let (items, next) = batch(after).await?;
        for (id, view) in &items {
            writer.item(*id, view)?;
        }
        if next.is_none() {
            return Ok(());
        }
        after = next;
    }
}
