//! `/v1/organizations/{organization}/invitations`: administrators invite, look, and take back.

use super::{
    quota,
    rows::{self, InvitationRow, NewInvitation, Origin},
};
use crate::{
    access::{
        Role,
        permission::{ManageMembers, ReadInvitations, WithdrawInvitations},
    },
    http::{
        answer::{Created, Gone, Listed},
        call::Call,
        input::{Body, Path, Query},
        openapi::one_of,
        page::{PageQuery, Position},
        problem::{Kind, Problem},
        text::{Text, single_line},
    },
    identity::{accounts::Email, one_time},
    ids::{InvitationId, MemberId},
    mail::{self, Asked, Letter, Mail, Recipient},
    organizations::members::check_grant,
    sealing::Keyring,
    store::{prelude::*, schema::invitations, types::Moment},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use validator::Validate;

/// Somebody to be invited.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invite {
    /// Where the invitation is mailed to. It can be accepted with this address only.
    email: Email,
    /// What they may do. Programs are no people: they are registered as API clients.
    #[schema(value_type = PersonRole)]
    role: Role,
    /// How the organization calls them; else they say so themselves.
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 100)]
    display_name: Option<Text>,
}

/// A role that people can have, for the documentation.
struct PersonRole;

impl PartialSchema for PersonRole {
    fn schema() -> RefOr<Schema> {
        one_of(Role::ALL.into_iter().filter(|&role| role != Role::Service).map(Role::name))
    }
}

impl ToSchema for PersonRole {}

/// An invitation as administrators see it. Whether the address has an account is not in it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvitationForAdmin {
    #[schema(value_type = uuid::Uuid)]
    id: InvitationId,
    email: String,
    display_name: Option<String>,
    role: String,
    /// `pending`, `accepted`, `revoked` or `replaced`.
    status: String,
    #[schema(value_type = Option<uuid::Uuid>)]
    invited_by: Option<MemberId>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl InvitationForAdmin {
    fn of(row: InvitationRow, keyring: &Keyring) -> Result<Self, Problem> {
        let email = row.email(keyring)?.map(|email| email.to_string()).unwrap_or_default();
        Ok(Self {
            id: row.id,
            email,
            display_name: row.display_name,
            role: row.role,
            status: row.status,
            invited_by: row.invited_by,
            created_at: row.created_at.time(),
            expires_at: row.expires_at.time(),
        })
    }
}

pub(super) async fn invite(
    call: &mut Call<ManageMembers>,
    Body(body): Body<Invite>,
) -> Result<Created<InvitationForAdmin>, Problem> {
    let broken = |pointer: &str, rule: &str| Problem::new(Kind::ValidationFailed).at(pointer, rule);
    check_grant(call.allowed.role(), body.role)?;
    if body.role == Role::Service {
        // Services are registered as API clients; nobody reads their mail.
        return Err(broken("/role", "person"));
    }
    let email = body.email;
    let to = Recipient::parse(email.as_str()).map_err(|_| broken("/email", "email"))?;
    quota::check(call, &email).await?;
    let (organization, keyring) = (call.tenant.organization(), call.keyring.clone());
    let new = NewInvitation {
        origin: Origin::Administrator(call.allowed.member()),
        email: Some((&keyring, &email)),
        display_name: body.display_name.as_ref().map(Text::as_str),
        role: body.role,
    };
    call.tenant.identity().await?;
    let clock = call.clock;
    let row = rows::insert(call.tenant.transaction(), clock, &new).await?;
    let secret = one_time::New::invitation(organization, row.id, new.origin.lifetime());
    let secret = one_time::issue(call.tenant.transaction(), secret, clock).await?;
    let name = rows::organization_name(call.tenant.transaction(), organization, false).await?;
    let link = call.links().to(mail::Page::Invitation, &secret);
    // The answer is the same without a mail: how many others invited the address is none of this organization's business.
    if let Some(postage) = call.stamp(Asked::Invitation, &email).await? {
        let organization = name.unwrap_or_default();
        call.mail(Mail { to, letter: Letter::Invitation { organization, link, postage } });
    }
    call.audit.object(*row.id.as_uuid());
    let location = format!("/v1/organizations/{organization}/invitations/{}", row.id);
    Ok(Created { location, view: InvitationForAdmin::of(row, &keyring)? })
}

pub(super) async fn list(
    call: &mut Call<ReadInvitations>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<InvitationForAdmin>, Problem> {
    let listing = call.listing("listInvitations", &query)?;
    let organization = call.tenant.organization();
    let rows: Vec<InvitationRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = invitations::table
            .filter(invitations::organization_id.eq(organization))
            .filter(invitations::kind.eq("invitation"))
            .select(InvitationRow::as_select())
            .order((invitations::created_at.asc(), invitations::id.asc()))
            .limit(query.rows())
            .into_boxed();
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), InvitationId::from_uuid(after.id));
            let later = invitations::created_at.gt(at).or(invitations::id.gt(id));
            rows = rows.filter(invitations::created_at.ge(at)).filter(later);
        }
        rows.load(connection)
    })?;
    let position = |row: &InvitationRow| Position::new(row.created_at, row.id.as_uuid());
    let view = |row| InvitationForAdmin::of(row, &call.keyring);
    Ok(Listed(listing.page(&mut call.audit, rows, position, view)?))
}

pub(super) async fn revoke(
    call: &mut Call<WithdrawInvitations>,
    Path(id): Path<InvitationId>,
) -> Result<Gone, Problem> {
    let (organization, clock) = (call.tenant.organization(), call.clock);
    let row = rows::find(call.tenant.transaction(), organization, id).await?;
    // Registrations are none of an administrator's invitations.
    row.filter(|row| row.kind == "invitation").ok_or(Kind::NotFound)?;
    if !rows::settle(call.tenant.transaction(), organization, id, "revoked").await? {
        return Err(Kind::Conflict.into());
    }
    call.tenant.identity().await?;
    one_time::withdraw_invitation(call.tenant.transaction(), id, clock).await?;
    call.audit.object(*id.as_uuid());
    Ok(Gone)
}
