//! Secrets that are mailed or printed, and work once: for a forgotten password, a new address, an invitation.
//!
//! 256 random bits, stored as SHA-256, alive for minutes to days. Only the newest of an account or invitation works, and
//! using it is one statement, so that two who use it at once can't both succeed (ASVS 6.5.1, 6.5.5; CWE-640).

mod kinds;
#[cfg(test)]
mod tests;

pub(crate) use kinds::stored;

use super::secret::Secret256;
use crate::{
    clock::Clock,
    http::problem::Problem,
    ids::{AccountId, InvitationId, OrganizationId, RowId},
    sealing::Sealed,
    store::{prelude::*, schema::one_time_secrets as secrets, types::Moment},
};
use chrono::TimeDelta;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sets a new password for an account.
    PasswordReset,
    /// Gives an account another address, or confirms the one it has.
    EmailChange,
    /// Accepts an invitation.
    Invitation,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password-reset",
            Self::EmailChange => "email-change",
            Self::Invitation => "invitation",
        }
    }
}

/// A secret to be made.
#[derive(Clone, Debug)]
pub struct New {
    id: RowId,
    kind: Kind,
    account: Option<AccountId>,
    invitation: Option<(OrganizationId, InvitationId)>,
    email: Option<Sealed>,
    lifetime: TimeDelta,
}

impl New {
    /// For a forgotten password: 10 minutes (ASVS 6.5.5).
    #[must_use]
    pub fn password_reset(account: AccountId) -> Self {
        let lifetime = TimeDelta::minutes(10);
        Self { account: Some(account), ..Self::blank(Kind::PasswordReset, lifetime) }
    }

    /// For confirming an address: a day. `seal` seals it for the row with the given id.
    ///
    /// # Errors
    /// From `seal`.
    pub fn email_change<E>(
        account: AccountId,
        seal: impl FnOnce(RowId) -> Result<Sealed, E>,
    ) -> Result<Self, E> {
        let new = Self::blank(Kind::EmailChange, TimeDelta::days(1));
        Ok(Self { account: Some(account), email: Some(seal(new.id)?), ..new })
    }

    /// For accepting an invitation, for as long as the invitation stands.
    #[must_use]
    pub fn invitation(organization: OrganizationId, invitation: InvitationId, lifetime: TimeDelta) -> Self {
        Self { invitation: Some((organization, invitation)), ..Self::blank(Kind::Invitation, lifetime) }
    }

    fn blank(kind: Kind, lifetime: TimeDelta) -> Self {
        Self { id: RowId::random(), kind, account: None, invitation: None, email: None, lifetime }
    }
}

/// What a secret was made for.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = secrets)]
pub struct Entitlement {
    /// The row, which `email` is sealed for.
    pub id: RowId,
    /// The account, for everything but invitations.
    pub account_id: Option<AccountId>,
    /// The organization of the invitation.
    pub organization_id: Option<OrganizationId>,
    /// The invitation.
    pub invitation_id: Option<InvitationId>,
    /// The address to be confirmed.
    pub email: Option<Sealed>,
}

/// Makes a secret, and voids what was made before for the same.
///
/// # Errors
/// When the system gives no random numbers, or the database refuses: also when another one is made at the same moment.
pub async fn issue(transaction: &mut Transaction, new: New, clock: Clock) -> Result<Secret256, Problem> {
    let secret = Secret256::random()?;
    let stored = stored(new.kind, secret.as_str());
    let now = clock.now();
    void(transaction, &new, clock).await?;
    let row = (
        secrets::id.eq(new.id),
        secrets::kind.eq(new.kind.as_str()),
        secrets::secret_hash.eq(stored),
        secrets::account_id.eq(new.account),
        secrets::organization_id.eq(new.invitation.map(|(organization, _)| organization)),
        secrets::invitation_id.eq(new.invitation.map(|(_, invitation)| invitation)),
        secrets::email.eq(new.email),
        secrets::created_at.eq(Moment::new(now)),
        secrets::expires_at.eq(Moment::new(now + new.lifetime)),
    );
    each!(transaction.connection(), |c| diesel::insert_into(secrets::table).values(row).execute(c))
        .map_err(StoreError::from)?;
    Ok(secret)
}

async fn void(transaction: &mut Transaction, new: &New, clock: Clock) -> Result<(), StoreError> {
    if let Some(account) = new.account {
        withdraw(transaction, account, new.kind, clock).await?;
    }
    if let Some((_, invitation)) = new.invitation {
        withdraw_invitation(transaction, invitation, clock).await?;
    }
    Ok(())
}

/// Voids an account's secrets of a kind.
///
/// # Errors
/// When the database refuses.
pub async fn withdraw(
    transaction: &mut Transaction,
    account: AccountId,
    kind: Kind,
    clock: Clock,
) -> Result<(), StoreError> {
    let alive = secrets::table
        .filter(secrets::account_id.eq(account))
        .filter(secrets::kind.eq(kind.as_str()))
        .filter(secrets::used_at.is_null())
        .filter(secrets::voided_at.is_null());
    let voided = secrets::voided_at.eq(Moment::new(clock.now()));
    each!(transaction.connection(), |c| diesel::update(alive).set(voided).execute(c))?;
    Ok(())
}

/// Voids the secret of an invitation.
///
/// # Errors
/// When the database refuses.
pub async fn withdraw_invitation(
    transaction: &mut Transaction,
    invitation: InvitationId,
    clock: Clock,
) -> Result<(), StoreError> {
    let alive = secrets::table
        .filter(secrets::invitation_id.eq(invitation))
        .filter(secrets::used_at.is_null())
        .filter(secrets::voided_at.is_null());
    let voided = secrets::voided_at.eq(Moment::new(clock.now()));
    each!(transaction.connection(), |c| diesel::update(alive).set(voided).execute(c))?;
    Ok(())
}

/// What a secret is for, without using it: for the page that asks what goes with it. A mail scanner that follows every
/// link gets no further.
///
/// # Errors
/// When the database refuses.
pub async fn look(
    transaction: &mut Transaction,
    kind: Kind,
    secret: &str,
    clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    kinds::redeem(transaction, kind, Step::Look, secret, clock).await
}

/// Uses a secret up. Of two who do so at the same time one gets nothing.
///
/// # Errors
/// When the database refuses.
pub async fn consume(
    transaction: &mut Transaction,
    kind: Kind,
    secret: &str,
    clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    kinds::redeem(transaction, kind, Step::UseUp, secret, clock).await
}

/// What a secret is shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// For the page that asks what goes with it.
    Look,
    /// For good.
    UseUp,
}

/// The secret, if it was neither used nor replaced and is not too old. One statement finds and marks it.
async fn alive(
    transaction: &mut Transaction,
    kind: Kind,
    step: Step,
    secret: &str,
    clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    let now = Moment::new(clock.now());
    let alive = secrets::table
        .filter(secrets::secret_hash.eq(stored(kind, secret)))
        .filter(secrets::kind.eq(kind.as_str()))
        .filter(secrets::used_at.is_null())
        .filter(secrets::voided_at.is_null())
        .filter(secrets::expires_at.gt(now));
    let found = match step {
        Step::Look => {
            each!(transaction.connection(), |c| alive.select(Entitlement::as_select()).first(c))
        }
        Step::UseUp => each!(transaction.connection(), |c| diesel::update(alive)
            .set(secrets::used_at.eq(now))
            .returning(Entitlement::as_returning())
            .get_result(c)),
    };
    Ok(found.optional()?)
}

/// How many an account was sent since a moment ago, used and void ones too.
///
/// # Errors
/// When the database refuses.
pub async fn sent_within(
    transaction: &mut Transaction,
    account: AccountId,
    kind: Kind,
    window: TimeDelta,
    clock: Clock,
) -> Result<i64, StoreError> {
    let recent = secrets::table
        .filter(secrets::account_id.eq(account))
        .filter(secrets::kind.eq(kind.as_str()))
        .filter(secrets::created_at.gt(Moment::new(clock.now() - window)))
        .count();
    Ok(each!(transaction.connection(), |c| recent.get_result(c))?)
}
