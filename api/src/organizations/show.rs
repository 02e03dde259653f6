//! Who one is, and where.

use super::{
    rows::OrganizationRow,
    views::{Me, Organization},
};
use crate::{
    access::permission::{ReadOrganization, ReadProfile},
    http::{answer::Shown, call::Call, input::Nothing, problem::Problem},
    store::{prelude::*, schema::organizations},
};

pub(super) async fn me(call: &mut Call<ReadProfile>, _: Nothing) -> Result<Shown<Me>, Problem> {
    Ok(Shown(Me {
        id: call.allowed.member(),
        organization_id: call.allowed.organization(),
        display_name: call.allowed.display_name().to_owned(),
        role: call.allowed.role(),
    }))
}

pub(super) async fn organization(
    call: &mut Call<ReadOrganization>,
    _: Nothing,
) -> Result<Shown<Organization>, Problem> {
    let id = call.tenant.organization();
    let row: OrganizationRow = each!(call.tenant.connection(), |connection| {
        organizations::table.find(id).select(OrganizationRow::as_select()).first(connection)
    })?;
    Ok(Shown(row.into()))
}
