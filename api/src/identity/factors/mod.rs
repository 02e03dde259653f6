//! Second factors: what somebody shows besides their password.
//!
//! - [`totp`]: codes of an authenticator (RFC 6238), and [`enrolment`], its way in.
//! - [`recovery`]: ten codes on paper, for the day the authenticator is lost.
//! - `passkeys`: WebAuthn, behind the cargo feature of that name.
//! - [`attempt`]: every typed code passes here: five tries for a session, ten failures an hour for an account.
//! - [`registry`]: what an account has.
//!
//! All functions work in a transaction of the identity realm. A refused attempt is counted in it: the caller commits
//! whatever the verdict.

pub mod attempt;
mod challenge;
pub mod enrolment;
#[cfg(feature = "passkeys")]
pub mod passkeys;
mod qr;
pub mod recovery;
pub mod registry;
mod seal;
#[cfg(test)]
mod tests;
mod throttle;
pub mod totp;

pub use attempt::{Attempt, Verdict};

use crate::{http::problem::Problem, sealing::SealingError, store::StoreError};

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
