//! Programs as the database holds them: rows of the identity realm, which the tenant's transaction must open first.

use crate::{
    access::{Tenant, only},
    http::problem::{Kind, Problem},
    ids::{MemberId, RegistrationId},
    store::{
        prelude::*,
        schema::{clients, members},
        types::{JsonText, Moment},
    },
};

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = clients)]
pub(super) struct ApiClientRow {
    pub(super) id: RegistrationId,
    pub(super) client_id: String,
    pub(super) member_id: Option<MemberId>,
    pub(super) name: String,
    pub(super) profile: String,
    pub(super) scope: String,
    pub(super) jwks: Option<JsonText>,
    pub(super) dpop_bound: bool,
    pub(super) status: String,
    pub(super) created_at: Moment,
}

/// A program, and where it may call from.
pub(super) struct Program {
    pub(super) row: ApiClientRow,
    pub(super) networks: JsonText,
}

impl From<(ApiClientRow, JsonText)> for Program {
    fn from((row, networks): (ApiClientRow, JsonText)) -> Self {
        Self { row, networks }
    }
}

/// A program of this organization, or nothing. Opens the identity realm.
pub(super) async fn find(tenant: &mut Tenant, id: RegistrationId) -> Result<Program, Problem> {
    tenant.identity().await?;
    let organization = tenant.organization();
    let row: Option<(ApiClientRow, JsonText)> = each!(tenant.connection(), |c| {
        let mut rows = clients::table
            .inner_join(members::table.on(clients::member_id.eq(members::id.nullable())))
            .filter(clients::id.eq(id))
            .select((ApiClientRow::as_select(), members::networks))
            .into_boxed();
        rows = only::opened_of_tenant(rows, clients::organization_id.eq(organization));
        rows.first(c)
    })
    .optional()?;
    row.map(Program::from).ok_or_else(|| Kind::NotFound.into())
}
