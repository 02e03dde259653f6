//! The programs of an organization.

use super::{
    rows::{ApiClientRow, Program},
    views::ApiClientView,
};
use crate::{
    access::{only, permission::ReadApiClients},
    http::{
        answer::Listed,
        call::Call,
        input::Query,
        page::{PageQuery, Position},
        problem::Problem,
    },
    ids::RegistrationId,
    store::{
        prelude::*,
        schema::{clients, members},
        types::{JsonText, Moment},
    },
};

pub(super) async fn list(
    call: &mut Call<ReadApiClients>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<ApiClientView>, Problem> {
    let listing = call.listing("listApiClients", &query)?;
    call.tenant.identity().await?;
    let organization = call.tenant.organization();
    let rows: Vec<(ApiClientRow, JsonText)> = each!(call.tenant.connection(), |connection| {
        let mut rows = clients::table
            .inner_join(members::table.on(clients::member_id.eq(members::id.nullable())))
            .select((ApiClientRow::as_select(), members::networks))
            .order((clients::created_at.asc(), clients::id.asc()))
            .limit(query.rows())
            .into_boxed();
        rows = only::listed_of_tenant(rows, clients::organization_id.eq(organization));
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), RegistrationId::from_uuid(after.id));
            rows = rows
                .filter(clients::created_at.ge(at))
                .filter(clients::created_at.gt(at).or(clients::id.gt(id)));
        }
        rows.load(connection)
    })?;
    let position = |(row, _): &(ApiClientRow, JsonText)| Position::new(row.created_at, row.id.as_uuid());
    let view = |row| Ok(ApiClientView::from(Program::from(row)));
    Ok(Listed(listing.page(&mut call.audit, rows, position, view)?))
}
