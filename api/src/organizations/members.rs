//! The members of an organization.

use super::{
    rows::{MemberRow, NewMember},
    views::MemberView,
};
use crate::{
    access::{
        Role, Tenant, only,
        permission::{ManageMembers, ReadMembers, RemoveMembers},
        policy,
    },
    audit::{EventName, Reason},
    http::{
        answer::{Created, Gone, Listed, Shown},
        call::Call,
        input::{Body, Path, Query},
        page::{PageQuery, Position},
        precondition::{Current, IfMatch, IfUnchanged},
        problem::{Kind, Problem},
        text::{Text, single_line},
    },
    ids::MemberId,
    protection::{AUTHZ_ESCALATION, AUTHZ_OBJECT_REFERENCE, DB_RLS_FORCED, PW_RESET_TOKEN},
    store::{prelude::*, schema::members, types::Moment},
    webhooks::Event,
};
use brigandine_enforce::enforces;
use diesel::query_dsl::methods;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// A member's name, role or status changed.
pub(super) const CHANGED: &str = "member.changed";
/// A member was removed.
pub(super) const REMOVED: &str = "member.removed";

/// A new member.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// The trusted provider that vouches for them.
    #[validate(length(min = 1, max = 255), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 255)]
    issuer: Text,
    /// Their name at the provider.
    #[validate(length(min = 1, max = 255), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 255)]
    subject: Text,
    /// How the organization calls them.
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 100)]
    display_name: Text,
    /// What they may do.
    role: Role,
}

/// Changes to a member; what is not named stays.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMember {
    /// How the organization calls them.
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 100)]
    display_name: Option<Text>,
    /// What they may do.
    role: Option<Role>,
    /// Whether they may come in.
    status: Option<NewStatus>,
}

/// A status that an administrator can set. `removed` is reached by DELETE only, and for good.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = NewMemberStatus)]
pub enum NewStatus {
    /// May come in.
    Active,
    /// May not, for now.
    Suspended,
}

impl NewStatus {
    const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

pub(super) async fn list(
    call: &mut Call<ReadMembers>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<MemberView>, Problem> {
    let listing = call.listing("listMembers", &query)?;
    let organization = call.tenant.organization();
    let rows: Vec<MemberRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = members::table
            .select(MemberRow::as_select())
            .order((members::created_at.asc(), members::id.asc()))
            .limit(query.rows())
            .into_boxed();
        rows = only::listed_of_tenant(rows, members::organization_id.eq(organization));
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), MemberId::from_uuid(after.id));
            rows = rows
                .filter(members::created_at.ge(at))
                .filter(members::created_at.gt(at).or(members::id.gt(id)));
        }
        rows.load(connection)
    })?;
    let role = call.allowed.role();
    let position = |row: &MemberRow| Position::new(row.created_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, rows, position, |row| Ok(MemberView::of(row, role)))?))
}

pub(super) async fn show(
    call: &mut Call<ReadMembers>,
    Path(id): Path<MemberId>,
) -> Result<Shown<MemberView>, Problem> {
    let row = find(&mut call.tenant, id).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(MemberView::of(row, call.allowed.role())))
}

pub(super) async fn add(
    call: &mut Call<ManageMembers>,
    Body(body): Body<AddMember>,
) -> Result<Created<MemberView>, Problem> {
    check_grant(call.allowed.role(), body.role)?;
    check_consent(call.identifier(), body.issuer.as_str())?;
    let organization = call.tenant.organization();
    let id = MemberId::random();
    let new = NewMember {
        id,
        organization_id: organization,
        issuer: body.issuer.as_str(),
        subject: body.subject.as_str(),
        display_name: body.display_name.as_str(),
        role: body.role.name(),
        status: "active",
        version: 1,
        created_at: Moment::from(call.clock.now()),
    };
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(members::table).values(&new).execute(connection)
    })?;
    call.audit.object(*id.as_uuid());
    let view = MemberView::of(find(&mut call.tenant, id).await?, call.allowed.role());
    Ok(Created { location: format!("/v1/organizations/{organization}/members/{id}"), view })
}

pub(super) async fn change(
    call: &mut Call<ManageMembers>,
    (Path(id), if_match, Body(body)): (Path<MemberId>, IfMatch, Body<ChangeMember>),
) -> Result<Shown<MemberView>, Problem> {
    let before = find(&mut call.tenant, id).await?;
    let role = body.role.map_or(before.role.as_str(), |role| role.name());
    let status = body.status.map_or(before.status.as_str(), |status| status.name());
    let display_name = body.display_name.as_ref().map_or(before.display_name.as_str(), Text::as_str);
    if before.status == "removed" {
        return Err(Kind::Conflict.into());
    }
    if let Some(role) = body.role {
        check_grant(call.allowed.role(), role)?;
    }
    if role != before.role || status != before.status {
        check_not_oneself(call.allowed.member(), id)?;
    }
    if role != Role::Admin.name() || status != "active" {
        keep_an_administrator(&mut call.tenant, &before).await?;
    }
    let current = if_match.check(&MemberView::of(before.clone(), call.allowed.role()))?;
    write(call, &before, Changes { display_name, role, status }, current).await?;
    if role != before.role || status != before.status {
        call.audit.instead(EventName::PrivilegePermissionsChanged);
    }
    call.audit.object(*id.as_uuid());
    call.notify(Event { kind: CHANGED, subject: *id.as_uuid() });
    let after = find(&mut call.tenant, id).await?;
    Ok(Shown(MemberView::of(after, call.allowed.role())))
}

/// An administrator changes what the organization knows of a member, and never how they sign in: who sets a password is
/// who can use it (ASVS 6.4.6).
#[enforces(PW_RESET_TOKEN, otherwise = crate::vulnerable::organizations::write_with_password)]
async fn write(
    call: &mut Call<ManageMembers>,
    before: &MemberRow,
    changes: Changes<'_>,
    seen: Current,
) -> Result<(), Problem> {
    save(&mut call.tenant, before, changes, seen).await
}

/// What a change of a member writes.
pub(crate) struct Changes<'a> {
    display_name: &'a str,
    role: &'a str,
    status: &'a str,
}

/// Writes the next version over exactly the one that was read, which is the one that the client saw.
pub(crate) async fn save(
    tenant: &mut Tenant,
    before: &MemberRow,
    changes: Changes<'_>,
    _seen: Current,
) -> Result<(), Problem> {
    let organization = tenant.organization();
    let written = each!(tenant.connection(), |connection| {
        diesel::update(
            members::table
                .filter(members::id.eq(before.id))
                .filter(members::organization_id.eq(organization))
                .filter(members::version.eq(before.version)),
        )
        .set((
            members::display_name.eq(changes.display_name),
            members::role.eq(changes.role),
            members::status.eq(changes.status),
            members::version.eq(before.version.saturating_add(1)),
        ))
        .execute(connection)
    })?;
    if written == 1 { Ok(()) } else { Err(IfMatch::overtaken()) }
}

pub(super) async fn remove(
    call: &mut Call<RemoveMembers>,
    (Path(id), if_unchanged): (Path<MemberId>, IfUnchanged),
) -> Result<Gone, Problem> {
    let before = find(&mut call.tenant, id).await?;
    check_not_oneself(call.allowed.member(), id)?;
    keep_an_administrator(&mut call.tenant, &before).await?;
    let _seen = if_unchanged.check(&MemberView::of(before.clone(), call.allowed.role()))?;
    let organization = call.tenant.organization();
    // The row stays: the audit log and the patients' records name it.
    let removed = each!(call.tenant.connection(), |connection| {
        diesel::update(
            members::table
                .filter(members::id.eq(id))
                .filter(members::organization_id.eq(organization))
                .filter(members::version.eq(before.version)),
        )
        .set((members::status.eq("removed"), members::version.eq(before.version.saturating_add(1))))
        .execute(connection)
    })?;
    if removed != 1 {
        return Err(if_unchanged.overtaken());
    }
    call.audit.object(*id.as_uuid());
    call.notify(Event { kind: REMOVED, subject: *id.as_uuid() });
    Ok(Gone)
}

/// Nobody decides over their own rights, neither up nor out (CWE-269).
#[enforces(AUTHZ_ESCALATION)]
fn check_not_oneself(caller: MemberId, changed: MemberId) -> Result<(), Problem> {
    if changed == caller {
        return Err(Problem::new(Kind::GrantExceedsGrantor).because(Reason::GRANT_SELF));
    }
    Ok(())
}

/// The second wall behind the permission: whoever got as far as this still grants only what the policy lets them.
#[enforces(AUTHZ_ESCALATION)]
pub(super) fn check_grant(grantor: Role, granted: Role) -> Result<(), Problem> {
    if policy::may_grant(grantor, granted) { Ok(()) } else { Err(Kind::GrantExceedsGrantor.into()) }
}

/// Nobody is made a member by an account of theirs without their word: its owner accepts an invitation. Else an
/// administrator who knows the id would bind a stranger, see their sign-ins in the own log, and end their sessions by
/// removing them. Other providers' subjects have no account here, and lose nothing.
#[enforces(AUTHZ_ESCALATION)]
fn check_consent(own: &str, issuer: &str) -> Result<(), Problem> {
    if issuer == own {
        return Err(Problem::new(Kind::ValidationFailed).at("/issuer", "invitation"));
    }
    Ok(())
}

/// A member of this organization, or nothing.
async fn find(tenant: &mut Tenant, id: MemberId) -> Result<MemberRow, Problem> {
    let organization = tenant.organization();
    let row: Option<MemberRow> = each!(tenant.connection(), |connection| {
        let mut rows = members::table.filter(members::id.eq(id)).select(MemberRow::as_select()).into_boxed();
        rows = named_of_tenant(rows, members::organization_id.eq(organization));
        rows.first(connection)
    })
    .optional()?;
    row.ok_or_else(|| Kind::NotFound.into())
}

/// A member's id stands for one of the caller's organization, whoever sends it and in whatever place (OWASP API1).
#[enforces(AUTHZ_OBJECT_REFERENCE, behind = DB_RLS_FORCED)]
fn named_of_tenant<Q, F>(rows: Q, of_organization: F) -> Q
where
    Q: methods::FilterDsl<F, Output = Q>,
{
    only::opened_of_tenant(rows, of_organization)
}

/// Refuses a change that would leave nobody who can undo it.
#[enforces(AUTHZ_ESCALATION)]
async fn keep_an_administrator(tenant: &mut Tenant, changed: &MemberRow) -> Result<(), Problem> {
    if changed.role != Role::Admin.name() || changed.status != "active" {
        return Ok(());
    }
    let organization = tenant.organization();
    let administrators = || {
        members::table
            .filter(members::organization_id.eq(organization))
            .filter(members::role.eq(Role::Admin.name()))
            .filter(members::status.eq("active"))
    };
    if let Connection::Postgres(connection) = tenant.connection() {
        // Two administrators who demote each other at once would each count the other. In one order, so that they
        // wait for each other instead of blocking each other. SQLite lets one writer in at a time.
        let locked = administrators().order(members::id).select(members::id).for_update();
        locked.load::<MemberId>(connection).await?;
    }
    let others: i64 = each!(tenant.connection(), |connection| {
        administrators().filter(members::id.ne(changed.id)).count().get_result(connection)
    })?;
    if others == 0 { Err(Kind::LastAdmin.into()) } else { Ok(()) }
}
