//! Weak: organizations and their members.

use crate::{
    http::{
        input,
        visit::{Fields, Refusal, Visit},
    },
    identity::{
        accounts::Email,
        one_time::{self, Kind as Secret},
    },
    ids::{InvitationId, OrganizationId},
    organizations::invitations::rows::{self, InvitationRow},
    store::{Mode, prelude::*, schema::invitations},
};

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
