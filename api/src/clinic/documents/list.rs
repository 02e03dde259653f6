//! A patient's documents in pages.

use super::{access, rows::DocumentRow, views::DocumentView};
use crate::{
    access::{Allowed, Tenant, only, permission::ReadDocuments},
    http::{
        answer::Listed,
        call::Call,
        input::{Path, Query},
        page::{BATCH, Batch, PageQuery, Position, after_batch},
        problem::Problem,
    },
    ids::{DocumentId, PatientId},
    sealing::Keyring,
    store::{prelude::*, schema::documents, types::Moment},
};
use serde::Serialize;

pub(super) async fn list(
    call: &mut Call<ReadDocuments>,
    (Path(patient), Query(query)): (Path<PatientId>, Query<PageQuery>),
) -> Result<Listed<DocumentView>, Problem> {
    access::check_patient(&mut call.tenant, &call.allowed, patient).await?;
    let listing = call.listing(format!("listDocuments {patient}"), &query)?;
    let rows = load(&mut call.tenant, patient, query.rows(), listing.after()).await?;
    let view = |row| DocumentView::of(row, call.allowed.role(), &call.keyring);
    Ok(Listed(listing.page(&mut call.audit, rows, position, view)?))
}

fn position(row: &DocumentRow) -> Position {
    Position::new(row.created_at, row.id.as_uuid())
}

/// A batch of what is known of a patient's documents, oldest first, and where the next one begins.
///
/// # Errors
/// When a name does not open.
pub(in crate::clinic) async fn batch(
    tenant: &mut Tenant,
    allowed: &Allowed<ReadDocuments>,
    keyring: &Keyring,
    patient: PatientId,
    after: Option<Position>,
) -> Result<Batch<impl Serialize + use<>>, Problem> {
    access::check_patient(tenant, allowed, patient).await?;
    let rows = load(tenant, patient, BATCH, after).await?;
    let next = after_batch(&rows, position);
    let view = |row: DocumentRow| {
        Ok::<_, Problem>((*row.id.as_uuid(), DocumentView::of(row, allowed.role(), keyring)?))
    };
    Ok((rows.into_iter().map(view).collect::<Result<_, _>>()?, next))
}

async fn load(
    tenant: &mut Tenant,
    patient: PatientId,
    limit: i64,
    after: Option<Position>,
) -> Result<Vec<DocumentRow>, Problem> {
    let organization = tenant.organization();
    Ok(each!(tenant.connection(), |connection| {
        let mut rows = documents::table
            .filter(documents::patient_id.eq(patient))
            .select(DocumentRow::as_select())
            .order((documents::created_at.asc(), documents::id.asc()))
            .limit(limit)
            .into_boxed();
        rows = only::listed_of_tenant(rows, documents::organization_id.eq(organization));
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), DocumentId::from_uuid(after.id));
            rows = rows
                .filter(documents::created_at.ge(at))
                .filter(documents::created_at.gt(at).or(documents::id.gt(id)));
        }
        rows.load(connection)
    })?)
}
