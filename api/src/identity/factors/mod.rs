//! Second factors: what somebody shows besides their password.
//!
//! - [`totp`]: codes of an authenticator (RFC 6238), and [`enrolment`], its way in.
//! - [`recovery`]: ten codes on paper, for the day the authenticator is lost.
//! - `passkeys`: WebAuthn, behind the cargo feature of that name.
//! - [`attempt`]: every typed code passes here: five tries for a session, ten failures an hour for an account.
//! - [`codes`]: recovery codes and the hashing threads.
//! - [`registry`]: what an account has; `changes`: what every change of that brings with it. [`endpoints`]: where its owner sees and changes it.
//!
//! All functions work in a transaction of the identity realm. A refused attempt is counted in it: the caller commits
//! whatever the verdict.

pub mod attempt;
mod challenge;
mod changes;
pub mod codes;
mod endpoints;
pub mod enrolment;
#[cfg(feature = "passkeys")]
pub mod passkeys;
mod qr;
pub mod recovery;
pub mod registry;
mod seal;
#[cfg(test)]
pub(super) mod tests;
mod throttle;
pub mod totp;

pub use attempt::{Attempt, Verdict};
pub use endpoints::endpoints;

use crate::{
    http::{problem::Problem, visit::Visit},
    ids::AccountId,
    mail::{Letter, Mail, Notice, Recipient},
    sealing::SealingError,
    store::{Mode, StoreError},
};

/// A factor could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// What is stored, or was made, is no factor.
    #[error("a second factor can't be used: {0}")]
    Unusable(&'static str),
}

impl From<diesel::result::Error> for FactorError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<FactorError> for Problem {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::Store(error) => error.into(),
            FactorError::Sealing(error) => error.into(),
            unusable @ FactorError::Unusable(_) => Self::internal(&unusable),
        }
    }
}

/// Tells the owner of an account by mail what happened to its factors. It stands already: a full queue does not undo it.
///
/// # Errors
/// When the address can't be read.
pub async fn notify(visit: &Visit, account: AccountId, notice: Notice) -> Result<(), Problem> {
    let service = &visit.service;
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let account = super::accounts::by_id(&mut transaction, account).await?;
    transaction.release();
    if let Some(account) = account
        && let Ok(to) = Recipient::parse(&account.email(&service.keyring)?)
    {
        let _ = service.mailer.post(Mail { to, letter: Letter::Notice(notice) });
    }
    Ok(())
}
