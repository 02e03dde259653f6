//! Why a sign-in by a provider did not come to an end. The person learns the kind only; the reason is for the audit log.

use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
    sealing::SealingError,
    store::StoreError,
};

/// A sign-in that ends here.
#[derive(Debug, thiserror::Error)]
pub enum FederationRefusal {
    /// What came back does not belong to a sign-in of this browser, or is not from the provider it was sent to.
    #[error("the sign-in is not valid: {0}")]
    Invalid(Reason),
    /// The provider can't be asked, or does not say what it must.
    #[error("the provider is unavailable: {0}")]
    Unavailable(Reason),
    /// The provider sent the person back without a code.
    #[error("the provider refused: {0}")]
    Denied(Reason),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// What the rest of the service refuses.
    #[error("the request is refused")]
    Problem(Problem),
    /// On our own side.
    #[error("{0}")]
    Failed(&'static str),
}

impl FederationRefusal {
    /// The reason for the audit log; `None` for failures of our own.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Invalid(reason) | Self::Unavailable(reason) | Self::Denied(reason) => Some(*reason),
            Self::Store(_) | Self::Sealing(_) | Self::Problem(_) | Self::Failed(_) => None,
        }
    }
}

impl From<diesel::result::Error> for FederationRefusal {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<Problem> for FederationRefusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<FederationRefusal> for Problem {
    fn from(refusal: FederationRefusal) -> Self {
        match refusal {
            FederationRefusal::Invalid(reason) => Self::new(Kind::LoginTransactionInvalid).because(reason),
            FederationRefusal::Denied(reason) => Self::new(Kind::LoginDenied).because(reason),
            FederationRefusal::Unavailable(reason) => Self::new(Kind::DependencyUnavailable).because(reason),
            FederationRefusal::Store(error) => error.into(),
            FederationRefusal::Sealing(error) => error.into(),
            FederationRefusal::Problem(problem) => problem,
            FederationRefusal::Failed(why) => Self::new(Kind::InternalError).failed(&why),
        }
    }
}
