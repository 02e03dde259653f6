//! One program.

use super::{rows, views::ApiClientView};
use crate::{
    access::permission::ReadApiClients,
    http::{answer::Shown, call::Call, input::Path, problem::Problem},
    ids::RegistrationId,
};

pub(super) async fn show(
    call: &mut Call<ReadApiClients>,
    Path(id): Path<RegistrationId>,
) -> Result<Shown<ApiClientView>, Problem> {
    let row = rows::find(&mut call.tenant, id).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(row.into()))
}
