//! A patient's documents in pages.

use super::{access, rows::DocumentRow, views::DocumentView};
use crate::{
    access::{Allowed, Tenant, permission::ReadDocuments},
    http::{
        answer::Listed,
        endpoint::Call,
        input::{Path, Query, QueryParameters},
        page::{self, BATCH, Batch, CursorScope, Page, Position, after_batch},
        problem::Problem,
        query::Parameters,
    },
    ids::{DocumentId, PatientId},
    protection::Protection,
    sealing::Keyring,
    store::{prelude::*, schema::documents, types::Moment},
};
use serde::Serialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, IntoParams)]
pub(super) struct DocumentQuery {
    /// Items a page, 1 to 100; 20 unless given.
    #[param(required = false, minimum = 1, maximum = 100, default = json!(20))]
    limit: i64,
    /// Continues a list.
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

impl QueryParameters for DocumentQuery {
    const NAMES: &'static [&'static str] = &["limit", "cursor"];

    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: page::size(parameters)?, cursor: parameters.get("cursor").map(str::to_owned) })
    }
}

pub(super) async fn list(
    call: &mut Call<ReadDocuments>,
    (Path(patient), Query(query)): (Path<PatientId>, Query<DocumentQuery>),
) -> Result<Listed<DocumentView>, Problem> {
    access::check_patient(&mut call.tenant, &call.allowed, patient).await?;
    let filter = format!("listDocuments {patient}");
    let scope = CursorScope {
        organization: call.allowed.organization(),
        member: call.allowed.member(),
        filter: &filter,
    };
    let after = query.cursor.as_deref().map(|cursor| scope.open(&call.keyring, cursor)).transpose()?;
    let rows = load(&mut call.tenant, patient, query.limit.saturating_add(1), after).await?;
    for row in rows.iter().take(usize::try_from(query.limit).unwrap_or_default()) {
        call.audit.object(*row.id.as_uuid());
    }
    let (role, keyring) = (call.allowed.role(), &call.keyring);
    let page = Page::cut(
        rows,
        query.limit,
        position,
        |position| scope.seal(keyring, position),
        |row| DocumentView::of(row, role, keyring),
    );
    let items = page.items.into_iter().collect::<Result<_, _>>()?;
    Ok(Listed(Page { items, next: page.next }))
}

fn position(row: &DocumentRow) -> Position {
    Position { at: row.created_at.time(), id: *row.id.as_uuid() }
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
        if Protection::TenantIsolation.holds() && Protection::AuthzObjectCollection.holds() {
            rows = rows.filter(documents::organization_id.eq(organization));
        }
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), DocumentId::from_uuid(after.id));
            let same = documents::created_at.eq(at);
            rows = rows.filter(documents::created_at.gt(at).or(same.and(documents::id.gt(id))));
        }
        rows.load(connection)
    })?)
}
