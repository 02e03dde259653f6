//! Revoking a program.

use super::{rows, views::ApiClientView};
use crate::{
    access::permission::RemoveApiClients,
    http::{answer::Gone, call::Call, input::Path, precondition::IfUnchanged, problem::Problem},
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
    call: &mut Call<RemoveApiClients>,
    (Path(id), if_unchanged): (Path<RegistrationId>, IfUnchanged),
) -> Result<Gone, Problem> {
    let program = rows::find(&mut call.tenant, id).await?;
    let client = program.row.clone();
    let _seen = if_unchanged.check(&ApiClientView::from(program))?;
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
