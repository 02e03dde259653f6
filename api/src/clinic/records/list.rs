//! A patient's records in pages.

use super::{
    find::versions,
    rows::RecordRow,
    views::{RecordSummary, RecordView},
};
use crate::{
    access::{Allowed, Tenant, only, permission::ReadRecords},
    clinic::care::{InCare, note_reading, standing},
    http::{
        answer::Listed,
        call::Call,
        input::{Path, Query},
        page::{BATCH, Batch, PageQuery, Position, after_batch},
        problem::Problem,
    },
    ids::{PatientId, RecordId},
    sealing::Keyring,
    store::{prelude::*, schema::records, types::Moment},
};
use serde::Serialize;

pub(super) async fn list(
    call: &mut Call<ReadRecords>,
    (Path(patient), Query(query)): (Path<PatientId>, Query<PageQuery>),
) -> Result<Listed<RecordSummary>, Problem> {
    let in_care = standing(call, patient).await?;
    note_reading(call, Some(&in_care));
    let listing = call.listing(format!("listRecords {patient}"), &query)?;
    let rows = load(&mut call.tenant, &in_care, listing.after(), query.rows()).await?;
    Ok(Listed(listing.page(&mut call.audit, rows, position, |row| Ok(RecordSummary::from(row)))?))
}

fn position(row: &RecordRow) -> Position {
    Position::new(row.created_at, row.id.as_uuid())
}

/// A batch of a patient's records with all their versions, oldest first, and where the next one begins.
///
/// # Errors
/// `record-integrity`, when a version is not as it was signed.
pub(in crate::clinic) async fn batch(
    tenant: &mut Tenant,
    allowed: &Allowed<ReadRecords>,
    keyring: &Keyring,
    in_care: &InCare,
    after: Option<Position>,
) -> Result<Batch<impl Serialize + use<>>, Problem> {
    let rows = load(tenant, in_care, after, BATCH).await?;
    let next = after_batch(&rows, position);
    let mut views = Vec::new();
    for record in rows {
        let opened = versions(tenant, keyring, &record).await?;
        let view = |version| (*record.id.as_uuid(), RecordView::of(&record, version, allowed.role()));
        views.extend(opened.iter().map(view));
    }
    Ok((views, next))
}

async fn load(
    tenant: &mut Tenant,
    in_care: &InCare,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<RecordRow>, Problem> {
    let organization = tenant.organization();
    Ok(each!(tenant.connection(), |connection| {
        let mut rows = records::table
            .filter(records::patient_id.eq(in_care.patient()))
            .order((records::created_at.asc(), records::id.asc()))
            .limit(limit)
            .select(RecordRow::as_select())
            .into_boxed();
        rows = only::of_tenant(rows, records::organization_id.eq(organization));
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), RecordId::from_uuid(after.id));
            rows = rows
                .filter(records::created_at.ge(at))
                .filter(records::created_at.gt(at).or(records::id.gt(id)));
        }
        rows.load(connection)
    })?)
}
