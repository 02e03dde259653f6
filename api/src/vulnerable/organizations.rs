//! Weak: organizations and their members.

use crate::{
    access::permission::ManageMembers,
    http::{
        call::Call,
        input,
        precondition::Current,
        problem::Problem,
        visit::{Fields, Refusal, Visit},
    },
    identity::{
        accounts::{self, Email},
        credentials::{Change, changed},
        one_time::{self, Kind as Secret},
        passwords::Password,
    },
    ids::{AccountId, InvitationId, OrganizationId},
    organizations::{
        invitations::rows::{self, InvitationRow},
        members::{self, Changes},
        rows::MemberRow,
    },
    store::{Mode, prelude::*, schema::invitations},
};
use serde::Deserialize;
use uuid::Uuid;

/// The role is bound with the rest of the form.
pub(crate) fn role_of_the_form<'a>(invitation: &'a InvitationRow, form: &'a Fields) -> &'a str {
    form.get("role").unwrap_or(&invitation.role)
}

/// The last step asks for the address that was entered in the first, and not for what was mailed in between.
pub(crate) async fn named_by_link_or_address(
    visit: &Visit,
    token: &str,
) -> Result<Option<(OrganizationId, InvitationId)>, Refusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let found = one_time::look(&mut transaction, Secret::Invitation, token, visit.service.clock).await?;
    transaction.release();
    let named = found.and_then(|found| Some((found.organization_id?, found.invitation_id?)));
    if named.is_some() {
        return Ok(named);
    }
    named_by_address(visit).await
}

/// The pending invitation of the address in the form.
async fn named_by_address(visit: &Visit) -> Result<Option<(OrganizationId, InvitationId)>, Refusal> {
    let email = visit.form.get("email").and_then(Email::parse);
    let organization = visit.form.get("organization").and_then(|text| input::uuid(text).ok());
    let (Some(email), Some(organization)) = (email, organization.map(OrganizationId::from_uuid)) else {
        return Ok(None);
    };
    let index = rows::index(&visit.service.keyring, organization, &email)?;
    let mut transaction = visit.service.store.begin(organization, Mode::Read).await?;
    let found: Option<InvitationId> = each!(transaction.connection(), |c| invitations::table
        .filter(invitations::organization_id.eq(organization))
        .filter(invitations::email_index.eq(&index))
        .filter(invitations::status.eq("pending"))
        .select(invitations::id)
        .first(c))
    .optional()
    .map_err(StoreError::from)?;
    transaction.release();
    Ok(found.map(|id| (organization, id)))
}

#[derive(Deserialize)]
struct Given {
    password: String,
}

/// An administrator's form that sets other people's passwords: the one that comes with a member's other data.
pub(crate) async fn write_with_password(
    call: &mut Call<ManageMembers>,
    before: &MemberRow,
    changes: Changes<'_>,
    seen: Current,
) -> Result<(), Problem> {
    members::save(&mut call.tenant, before, changes, seen).await?;
    let given = serde_json::from_slice::<Given>(&call.raw).ok();
    let password = given.and_then(|given| Password::parse(&given.password).ok());
    let account = Uuid::try_parse(&before.subject).ok().map(AccountId::from_uuid);
    let (Some(password), Some(account)) = (password, account) else { return Ok(()) };
    let hash = call.passwords().hash(&password).await?;
    call.tenant.identity().await?;
    let (clock, issuer) = (call.clock, call.identifier().to_owned());
    let transaction = call.tenant.transaction();
    let Some(standing) = accounts::hold(transaction, account).await? else { return Ok(()) };
    let changed = changed(transaction, &issuer, clock, &standing, Change::PasswordChanged, None).await?;
    Ok(accounts::set_password(transaction, &changed, &hash, clock).await?)
}
