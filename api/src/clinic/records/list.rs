//! A patient's records in pages.

use super::{find::note_reading, rows::RecordRow, views::RecordSummary};
use crate::{
    access::permission::ReadRecords,
    clinic::care::standing,
    http::{
        answer::Listed,
        endpoint::Call,
        input::{Path, Query},
        page::{CursorScope, Page, PageQuery, Position},
        problem::Problem,
    },
    ids::{PatientId, RecordId},
    protection::Protection,
    store::{prelude::*, schema::records, types::Moment},
};

pub(super) async fn list(
    call: &mut Call<ReadRecords>,
    (Path(patient), Query(query)): (Path<PatientId>, Query<PageQuery>),
) -> Result<Listed<RecordSummary>, Problem> {
    let in_care = standing(call, patient).await?;
    note_reading(call, Some(&in_care));
    let (organization, filter) = (call.tenant.organization(), format!("listRecords {patient}"));
    let scope = CursorScope { organization, member: call.allowed.member(), filter: &filter };
    let after = query.after(&scope, &call.keyring)?;
    let rows: Vec<RecordRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = records::table
            .filter(records::patient_id.eq(in_care.patient()))
            .order((records::created_at.asc(), records::id.asc()))
            .limit(query.rows())
            .select(RecordRow::as_select())
            .into_boxed();
        if Protection::TenantIsolation.holds() {
            rows = rows.filter(records::organization_id.eq(organization));
        }
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), RecordId::from_uuid(after.id));
            rows = rows
                .filter(records::created_at.gt(at).or(records::created_at.eq(at).and(records::id.gt(id))));
        }
        rows.load(connection)
    })?;
    let page = Page::cut(
        rows,
        query.size(),
        |row| Position { at: row.created_at.time(), id: *row.id.as_uuid() },
        |position| scope.seal(&call.keyring, position),
        RecordSummary::from,
    );
    for item in &page.items {
        call.audit.object(*item.id.as_uuid());
    }
    Ok(Listed(page))
}
