//! What is often found: an administrator's form that sets other people's passwords.

use super::rows::MemberRow;
use crate::{
    access::permission::ManageMembers,
    http::{call::Call, problem::Problem},
    identity::{accounts, passwords::Password},
    ids::AccountId,
    protection::Protection,
};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct Given {
    password: String,
}

/// Sets the password that came with a member's other data.
pub(super) async fn set_password(call: &mut Call<ManageMembers>, member: &MemberRow) -> Result<(), Problem> {
    if Protection::PwResetToken.holds() {
        return Ok(());
    }
    let given = serde_json::from_slice::<Given>(&call.raw).ok();
    let password = given.and_then(|given| Password::parse(&given.password).ok());
    let account = Uuid::try_parse(&member.subject).ok().map(AccountId::from_uuid);
    let (Some(password), Some(account)) = (password, account) else { return Ok(()) };
    let hash = call.passwords().hash(&password).await?;
    call.tenant.identity().await?;
    let clock = call.clock;
    Ok(accounts::set_password(call.tenant.transaction(), account, &hash, clock).await?)
}
