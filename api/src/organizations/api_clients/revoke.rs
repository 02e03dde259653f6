//! Revoking a program.

use super::rows;
use crate::{
    access::permission::ManageApiClients,
    http::{answer::Gone, call::Call, input::Path, problem::Problem},
    ids::RegistrationId,
    store::{
        prelude::*,
        schema::{api_keys, clients, members},
        types::Moment,
    },
};

/// Its member is removed, so its tokens and keys are refused with the next request; its registration and keys are marked,
/// so that it gets no new ones. The rows stay: the audit log names them.
pub(super) async fn revoke(
    call: &mut Call<ManageApiClients>,
    Path(id): Path<RegistrationId>,
) -> Result<Gone, Problem> {
    let client = rows::find(&mut call.tenant, id).await?.row;
    let now = Moment::from(call.clock.now());
    let organization = call.tenant.organization();
    if let Some(member) = client.member_id {
        each!(call.tenant.connection(), |c| diesel::update(
            members::table.filter(members::id.eq(member)).filter(members::organization_id.eq(organization))
        )
        .set(members::status.eq("removed"))
        .execute(c))?;
    }
    each!(call.tenant.connection(), |c| diesel::update(clients::table.find(id))
        .set(clients::status.eq("revoked"))
        .execute(c))?;
    each!(call.tenant.connection(), |c| diesel::update(
        api_keys::table.filter(api_keys::client_id.eq(id)).filter(api_keys::revoked_at.is_null())
    )
    .set(api_keys::revoked_at.eq(Some(now)))
    .execute(c))?;
    call.audit.object(*id.as_uuid());
    Ok(Gone)
}
