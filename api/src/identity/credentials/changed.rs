//! What follows from every change of what an account is opened with, whichever page it was made on.
//!
//! Somebody who got as far as asking for a change must not keep that when the owner of the account changes another thing:
//! often because of them. So each event voids all that is under way, and not what its author thought of.

use crate::{
    clock::Clock,
    identity::{
        accounts::{self, Standing},
        factors::enrolment,
        federation::transactions,
        one_time::{self, Kind as Secret},
        sessions,
    },
    ids::{AccountId, SessionId},
    protection::CREDENTIAL_CHANGE_REAUTH,
    store::{StoreError, Transaction},
};
use brigandine_enforce::enforces;

/// What happened to the credentials of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its owner, who knew the password, set another one.
    PasswordChanged,
    /// A mailed link set another password.
    PasswordReset,
    /// Another address was confirmed, or the same one.
    EmailConfirmed,
    /// An authenticator or a passkey was added.
    FactorAdded,
    /// An authenticator or a passkey was removed.
    FactorRemoved,
    /// The recovery codes were replaced.
    RecoveryCodesRenewed,
    /// An organization's provider may vouch for its owner from now on.
    IdentityLinked,
}

impl Change {
    /// Whether whoever was signed in by what there was before is signed in no longer.
    const fn ends_sessions(self) -> bool {
        match self {
            Self::PasswordChanged | Self::PasswordReset | Self::FactorAdded | Self::FactorRemoved => true,
            Self::EmailConfirmed | Self::RecoveryCodesRenewed | Self::IdentityLinked => false,
        }
    }
}

/// What is under way for an account and changes how it is opened, or opens it, once it is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    /// A mailed link for a new password.
    PasswordReset,
    /// A mailed link that confirms an address.
    EmailChange,
    /// An authenticator or a passkey whose first answer has not come back.
    Enrolment,
    /// A browser that was sent to a provider in order to link it.
    ProviderLink,
    /// A session in which a factor is missing.
    HalfOpenSignIn,
}

impl Pending {
    pub(super) const ALL: [Self; 5] =
        [Self::PasswordReset, Self::EmailChange, Self::Enrolment, Self::ProviderLink, Self::HalfOpenSignIn];

    async fn void(
        self,
        transaction: &mut Transaction,
        issuer: &str,
        account: AccountId,
        clock: Clock,
    ) -> Result<(), StoreError> {
        match self {
            Self::PasswordReset => {
                one_time::withdraw(transaction, account, Secret::PasswordReset, clock).await
            }
            Self::EmailChange => one_time::withdraw(transaction, account, Secret::EmailChange, clock).await,
            Self::Enrolment => enrolment::abandon(transaction, account).await,
            Self::ProviderLink => transactions::abandon_links(transaction, account).await,
            Self::HalfOpenSignIn => sessions::end_half_open(transaction, issuer, account, clock).await,
        }
    }
}

/// An account whose credentials change in this transaction, and for which nothing else is under way any more: what
/// writes a credential asks for one.
#[derive(Debug)]
pub struct Changed(Standing);

impl Changed {
    /// The account, as it is now.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.0
    }
}

/// Says that what an account is opened with changes in this transaction. Everything that is under way is void; what was
/// verified before takes no effect any more; and where the old credentials opened sessions, these end, but for `current`.
///
/// # Errors
/// When the database is gone.
pub async fn changed(
    transaction: &mut Transaction,
    issuer: &str,
    clock: Clock,
    standing: &Standing,
    change: Change,
    current: Option<SessionId>,
) -> Result<Changed, StoreError> {
    let now = accounts::next_generation(transaction, standing).await?;
    void_all(transaction, issuer, now.id(), clock).await?;
    if change.ends_sessions() {
        sessions::end_all(transaction, issuer, now.id(), current, clock).await?;
    }
    Ok(Changed(now))
}

/// What was begun with the old credentials is over: a link that somebody else asked for opens nothing (ASVS 6.2.2).
#[enforces(CREDENTIAL_CHANGE_REAUTH)]
async fn void_all(
    transaction: &mut Transaction,
    issuer: &str,
    account: AccountId,
    clock: Clock,
) -> Result<(), StoreError> {
    for pending in Pending::ALL {
        pending.void(transaction, issuer, account, clock).await?;
    }
    Ok(())
}
