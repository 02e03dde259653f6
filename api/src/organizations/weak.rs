//! What is often found: an administrator's form that sets other people's passwords.

use super::rows::MemberRow;
use crate::{
    access::permission::ManageMembers,
    http::{call::Call, problem::Problem},
    identity::{
        accounts,
        credentials::{Change, changed},
        passwords::Password,
    },
    ids::AccountId,
    protection::PW_RESET_TOKEN,
};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct Given {
    password: String,
}

/// Sets the password that came with a member's other data.
pub(super) async fn set_password(call: &mut Call<ManageMembers>, member: &MemberRow) -> Result<(), Problem> {
    if PW_RESET_TOKEN.holds() {
        return Ok(());
    }
    let given = serde_json::from_slice::<Given>(&call.raw).ok();
    let password = given.and_then(|given| Password::parse(&given.password).ok());
    let account = Uuid::try_parse(&member.subject).ok().map(AccountId::from_uuid);
    let (Some(password), Some(account)) = (password, account) else { return Ok(()) };
    let hash = call.passwords().hash(&password).await?;
    call.tenant.identity().await?;
    let (clock, issuer) = (call.clock, call.identifier().to_owned());
    let transaction = call.tenant.transaction();
    let Some(standing) = accounts::hold(transaction, account).await? else { return Ok(()) };
    let change = Change::PasswordChanged;
    let changed = changed(transaction, &issuer, clock, &standing, change, None).await?;
    Ok(accounts::set_password(transaction, &changed, &hash, clock).await?)
}
