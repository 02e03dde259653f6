//! What was asked for: everything for administrators and auditors, one's own for who asks.

use super::{
    rows::{ExportRow, find},
    views::Export,
};
use crate::{
    access::{Reach, only, permission::ReadExports},
    clinic::own,
    http::{
        answer::{Listed, Shown},
        call::Call,
        input::{Path, Query},
        page::{PageQuery, Position},
        problem::Problem,
    },
    ids::{ExportId, MemberId},
    store::{prelude::*, schema::patient_exports as exports, types::Moment},
};

fn asked_by(call: &Call<ReadExports>) -> Option<MemberId> {
    (call.allowed.reach() != Reach::Organization).then(|| call.allowed.member())
}

pub(super) async fn show(
    call: &mut Call<ReadExports>,
    Path(id): Path<ExportId>,
) -> Result<Shown<Export>, Problem> {
    let asked_by = asked_by(call);
    let row = find(&mut call.tenant, id, asked_by).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(Export::of(&row, &call.keyring, Moment::from(call.clock.now()))?))
}

pub(super) async fn list(
    call: &mut Call<ReadExports>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Export>, Problem> {
    let organization = call.tenant.organization();
    let listing = call.listing("listExports", &query)?;
    let asked_by = asked_by(call);
    let rows: Vec<ExportRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = exports::table
            .order((exports::requested_at.asc(), exports::id.asc()))
            .limit(query.rows())
            .select(ExportRow::as_select())
            .into_boxed();
        rows = only::listed_of_tenant(rows, exports::organization_id.eq(organization));
        if let Some(member) = asked_by {
            rows = own::listed(rows, exports::requested_by.eq(member));
        }
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), ExportId::from_uuid(after.id));
            rows = rows
                .filter(exports::requested_at.ge(at))
                .filter(exports::requested_at.gt(at).or(exports::id.gt(id)));
        }
        rows.load(connection)
    })?;
    let now = Moment::from(call.clock.now());
    let position = |row: &ExportRow| Position::new(row.requested_at, row.id.as_uuid());
    let view = |row: ExportRow| Export::of(&row, &call.keyring, now);
    Ok(Listed(listing.page(&mut call.audit, rows, position, view)?))
}
