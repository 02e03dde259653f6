//! The programs of an organization.

use super::{
    rows::{ApiClientRow, Program},
    views::ApiClientView,
};
use crate::{
    access::permission::ReadApiClients,
    http::{
        answer::Listed,
        endpoint::Call,
        input::{Query, QueryParameters},
        page::{self, CursorScope, Page, Position},
        problem::Problem,
        query::Parameters,
    },
    ids::RegistrationId,
    protection::Protection,
    store::{
        prelude::*,
        schema::{clients, members},
        types::{JsonText, Moment},
    },
};
use utoipa::IntoParams;

/// Which part of a list.
#[derive(Debug, IntoParams)]
pub(super) struct PageQuery {
    /// Items a page, 1 to 100; 20 unless given.
    pub(super) limit: i64,
    /// Continues a list.
    pub(super) cursor: Option<String>,
}

impl QueryParameters for PageQuery {
    const NAMES: &'static [&'static str] = &["limit", "cursor"];

    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: page::size(parameters)?, cursor: parameters.get("cursor").map(str::to_owned) })
    }
}

pub(super) async fn list(
    call: &mut Call<ReadApiClients>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<ApiClientView>, Problem> {
    let scope = CursorScope {
        organization: call.allowed.organization(),
        member: call.allowed.member(),
        filter: "listApiClients",
    };
    let after = query.cursor.map(|cursor| scope.open(&call.keyring, &cursor)).transpose()?;
    call.tenant.identity().await?;
    let organization = call.tenant.organization();
    let rows: Vec<(ApiClientRow, JsonText)> = each!(call.tenant.connection(), |connection| {
        let mut rows = clients::table
            .inner_join(members::table.on(clients::member_id.eq(members::id.nullable())))
            .select((ApiClientRow::as_select(), members::networks))
            .order((clients::created_at.asc(), clients::id.asc()))
            .limit(query.limit.saturating_add(1))
            .into_boxed();
        if Protection::TenantIsolation.holds() && Protection::AuthzObjectCollection.holds() {
            rows = rows.filter(clients::organization_id.eq(organization));
        }
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), RegistrationId::from_uuid(after.id));
            rows = rows
                .filter(clients::created_at.ge(at))
                .filter(clients::created_at.gt(at).or(clients::id.gt(id)));
        }
        rows.load(connection)
    })?;
    let page = Page::cut(
        rows,
        query.limit,
        |(row, _)| Position { at: row.created_at.time(), id: *row.id.as_uuid() },
        |position| scope.seal(&call.keyring, position),
        |row| {
            call.audit.object(*row.0.id.as_uuid());
            ApiClientView::from(Program::from(row))
        },
    );
    Ok(Listed(page))
}
