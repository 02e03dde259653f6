//! Which organization a client will work with: a token is for one, whoever's it is.

use crate::{
    access::{PermissionName, Role, policy},
    http::visit::{Refusal, Reply, Visit},
    identity::{
        pages::{ChooseOrganization, Form, OrganizationChoice},
        provider::clients::Client,
        sessions::Origin,
    },
    ids::{AccountId, MemberId, OrganizationId},
    store::{
        prelude::*,
        schema::{members, organizations},
    },
};
use actix_web::http::StatusCode;
use uuid::Uuid;

/// Where somebody is an active member.
pub(crate) struct Membership {
    pub(crate) organization: OrganizationId,
    pub(crate) name: String,
    pub(crate) member: MemberId,
    /// How the member is called there.
    pub(crate) display_name: String,
    pub(crate) role: Role,
}

impl Membership {
    /// The scopes among these that the role can make use of, or may pass on to programs. What it can't is not worth being
    /// stolen.
    pub(super) fn within(&self, scope: &str) -> String {
        let passes_on = policy::may_grant(self.role, Role::Service);
        let serves = |name: PermissionName| {
            policy::reach(self.role, name).is_some()
                || (passes_on && policy::reach(Role::Service, name).is_some())
        };
        let useful = |word: &&str| {
            let mut permissions = PermissionName::ALL.iter().filter(|name| name.scope() == *word).peekable();
            permissions.peek().is_none() || permissions.any(|name| serves(*name))
        };
        scope.split(' ').filter(useful).collect::<Vec<_>>().join(" ")
    }
}

/// Every organization that an account belongs to and that a session with this origin reaches.
pub(crate) async fn of(
    transaction: &mut Transaction,
    issuer: &str,
    account: AccountId,
    origin: &Origin,
) -> Result<Vec<Membership>, StoreError> {
    let subject = account.to_string();
    transaction.show_memberships_of(issuer, &subject).await?;
    let rows: Vec<(OrganizationId, String, MemberId, String, String)> =
        each!(transaction.connection(), |c| members::table
            .inner_join(organizations::table)
            .filter(members::issuer.eq(issuer))
            .filter(members::subject.eq(&subject))
            .filter(members::status.eq("active"))
            .filter(organizations::status.eq("active"))
            .order(organizations::name.asc())
            .select((
                organizations::id,
                organizations::name,
                members::id,
                members::display_name,
                members::role
            ))
            .load(c))?;
    let known = |(organization, name, member, display_name, role): (_, _, _, _, String)| {
        Some(Membership { organization, name, member, display_name, role: Role::from_name(&role)? })
    };
    let mut memberships: Vec<_> = rows.into_iter().filter_map(known).collect();
    if let Some(only) = origin.organization() {
        memberships.retain(|membership| membership.organization == only);
    }
    Ok(memberships)
}

/// What follows from a wish and the memberships.
pub(super) enum Choice<'a> {
    /// That one.
    One(&'a Membership),
    /// Somebody has to choose.
    Several,
    /// There is none, or not the one asked for.
    None,
}

pub(super) fn choose(memberships: &[Membership], wish: Option<Uuid>) -> Choice<'_> {
    match (wish, memberships) {
        (Some(wish), all) => {
            let wished = all.iter().find(|membership| *membership.organization.as_uuid() == wish);
            wished.map_or(Choice::None, Choice::One)
        }
        (None, [one]) => Choice::One(one),
        (None, []) => Choice::None,
        (None, _) => Choice::Several,
    }
}

/// The page that asks.
pub(super) fn ask(
    visit: &mut Visit,
    client: &Client,
    handle: &str,
    memberships: &[Membership],
) -> Result<Reply, Refusal> {
    let csrf = visit.csrf()?;
    let ids: Vec<String> = memberships.iter().map(|it| it.organization.to_string()).collect();
    let organizations: Vec<OrganizationChoice<'_>> = memberships
        .iter()
        .zip(&ids)
        .map(|(it, id)| OrganizationChoice { id, name: &it.name, role: it.role.name() })
        .collect();
    let page = ChooseOrganization {
        form: Form { csrf: &csrf, ..Form::default() }.waiting(Some(handle)),
        client: Some(&client.name),
        organizations: &organizations,
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}
