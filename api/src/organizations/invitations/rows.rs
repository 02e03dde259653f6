//! Invitations as the database holds them.

use crate::{
    access::Role,
    clock::Clock,
    http::problem::{Kind, Problem},
    identity::{accounts::Email, one_time},
    ids::{InvitationId, MemberId, OrganizationId},
    sealing::{Keyring, Place, Sealed, SealingError},
    store::{
        prelude::*,
        schema::{invitations, organizations},
        types::Moment,
    },
};
use chrono::TimeDelta;
use zeroize::Zeroizing;

/// What the blind index over invited addresses is for.
const EMAIL: &str = "invitation-email";

/// Who invites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::organizations) enum Origin {
    /// An administrator.
    Administrator(MemberId),
    /// The person, who registers.
    Themselves,
    /// The operator, for the first administrator.
    Operator,
}

impl Origin {
    const fn kind(self) -> &'static str {
        match self {
            Self::Administrator(_) => "invitation",
            Self::Themselves => "registration",
            Self::Operator => "setup",
        }
    }

    /// How long it stands.
    pub(in crate::organizations) const fn lifetime(self) -> TimeDelta {
        match self {
            Self::Administrator(_) => TimeDelta::days(7),
            Self::Themselves => TimeDelta::days(1),
            Self::Operator => TimeDelta::minutes(30),
        }
    }
}

#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = invitations)]
pub(crate) struct InvitationRow {
    pub(in crate::organizations) id: InvitationId,
    pub(super) organization_id: OrganizationId,
    pub(super) kind: String,
    pub(super) email: Option<Sealed>,
    pub(super) display_name: Option<String>,
    pub(crate) role: String,
    pub(super) invited_by: Option<MemberId>,
    pub(super) status: String,
    pub(super) created_at: Moment,
    pub(super) expires_at: Moment,
}

impl InvitationRow {
    /// The invited address; none in a setup.
    pub(super) fn email(&self, keyring: &Keyring) -> Result<Option<Zeroizing<String>>, SealingError> {
        let place = place(self.organization_id, self.id);
        self.email.as_ref().map(|sealed| keyring.open(place, sealed)).transpose()
    }

    pub(super) fn is_setup(&self) -> bool {
        self.kind == "setup"
    }
}

/// An invitation to be made.
pub(in crate::organizations) struct NewInvitation<'a> {
    pub(in crate::organizations) origin: Origin,
    /// The address, and what seals it; none in a setup.
    pub(in crate::organizations) email: Option<(&'a Keyring, &'a Email)>,
    pub(in crate::organizations) display_name: Option<&'a str>,
    pub(in crate::organizations) role: Role,
}

/// Makes an invitation in the transaction's organization. A pending one of the same kind and address gives way; a stranger
/// who registers with somebody's address does not thereby take away an administrator's invitation.
pub(in crate::organizations) async fn insert(
    transaction: &mut Transaction,
    clock: Clock,
    new: &NewInvitation<'_>,
) -> Result<InvitationRow, Problem> {
    let organization = transaction.organization().ok_or(Kind::NotFound)?;
    let (id, now) = (InvitationId::random(), clock.now());
    let index = new.email.map(|(keyring, email)| index(keyring, organization, email)).transpose()?;
    let seal = |(keyring, email): (&Keyring, &Email)| {
        keyring.seal(place(organization, id), email.as_str().as_bytes())
    };
    let sealed = new.email.map(seal).transpose()?;
    if let Some(index) = &index {
        replace(transaction, organization, new.origin, index).await?;
    }
    let invited_by = match new.origin {
        Origin::Administrator(member) => Some(member),
        Origin::Themselves | Origin::Operator => None,
    };
    let values = (
        invitations::id.eq(id),
        invitations::organization_id.eq(organization),
        invitations::kind.eq(new.origin.kind()),
        invitations::email.eq(sealed),
        invitations::email_index.eq(index),
        invitations::display_name.eq(new.display_name),
        invitations::role.eq(new.role.name()),
        invitations::invited_by.eq(invited_by),
        invitations::status.eq("pending"),
        invitations::created_at.eq(Moment::new(now)),
        invitations::expires_at.eq(Moment::new(now + new.origin.lifetime())),
    );
    each!(transaction.connection(), |c| diesel::insert_into(invitations::table).values(values).execute(c))
        .map_err(StoreError::from)?;
    find(transaction, organization, id).await?.ok_or_else(|| Kind::InternalError.into())
}

async fn replace(
    transaction: &mut Transaction,
    organization: OrganizationId,
    origin: Origin,
    index: &[u8],
) -> Result<(), StoreError> {
    let pending = invitations::table
        .filter(invitations::organization_id.eq(organization))
        .filter(invitations::kind.eq(origin.kind()))
        .filter(invitations::email_index.eq(index))
        .filter(invitations::status.eq("pending"));
    each!(transaction.connection(), |c| diesel::update(pending)
        .set(invitations::status.eq("replaced"))
        .execute(c))?;
    Ok(())
}

/// Makes earlier links for an organization's first administrator void.
pub(in crate::organizations) async fn withdraw_setups(
    transaction: &mut Transaction,
    organization: OrganizationId,
    clock: Clock,
) -> Result<(), StoreError> {
    let pending: Vec<InvitationId> = each!(transaction.connection(), |c| invitations::table
        .filter(invitations::organization_id.eq(organization))
        .filter(invitations::kind.eq(Origin::Operator.kind()))
        .filter(invitations::status.eq("pending"))
        .select(invitations::id)
        .load(c))?;
    for id in pending {
        settle(transaction, organization, id, "replaced").await?;
        one_time::withdraw_invitation(transaction, id, clock).await?;
    }
    Ok(())
}

/// The invitation with this id in the organization.
pub(super) async fn find(
    transaction: &mut Transaction,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Option<InvitationRow>, StoreError> {
    let row = each!(transaction.connection(), |c| invitations::table
        .filter(invitations::id.eq(id))
        .filter(invitations::organization_id.eq(organization))
        .select(InvitationRow::as_select())
        .first(c));
    Ok(row.optional()?)
}

/// Gives a pending invitation another status; answers whether it was pending.
pub(super) async fn settle(
    transaction: &mut Transaction,
    organization: OrganizationId,
    id: InvitationId,
    status: &str,
) -> Result<bool, StoreError> {
    let pending = invitations::table
        .filter(invitations::id.eq(id))
        .filter(invitations::organization_id.eq(organization))
        .filter(invitations::status.eq("pending"));
    let settled = each!(transaction.connection(), |c| diesel::update(pending)
        .set(invitations::status.eq(status))
        .execute(c))?;
    Ok(settled == 1)
}

/// The organization's name, while it is active and, for registrations, open to them.
pub(super) async fn organization_name(
    transaction: &mut Transaction,
    organization: OrganizationId,
    open_only: bool,
) -> Result<Option<String>, StoreError> {
    let name = each!(transaction.connection(), |c| {
        let mut rows = organizations::table
            .filter(organizations::id.eq(organization))
            .filter(organizations::status.eq("active"))
            .select(organizations::name)
            .into_boxed();
        if open_only {
            rows = rows.filter(organizations::self_registration.eq(true));
        }
        rows.first(c)
    });
    Ok(name.optional()?)
}

pub(crate) fn index(
    keyring: &Keyring,
    organization: OrganizationId,
    email: &Email,
) -> Result<Vec<u8>, Problem> {
    Ok(keyring.blind_index(organization, EMAIL, &email.folded())?.to_vec())
}

/// Where an invited address is sealed. The row's address never changes.
const fn place(organization: OrganizationId, id: InvitationId) -> Place<'static> {
    Place { organization, table: "invitations", column: "email", row: *id.as_uuid(), version: 1 }
}
