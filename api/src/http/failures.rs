//! What a failure below looks like to a client. Decided here for all layers.

use super::problem::{Kind, Problem};
use crate::{audit::AuditError, sealing::SealingError, store::StoreError};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UniqueViolation(_) => Kind::Conflict.into(),
            StoreError::ForeignKeyViolation => Self::new(Kind::UnknownReference),
            StoreError::Busy => Self::overloaded(&error),
            StoreError::Unavailable(_) | StoreError::NotMigrated => Self::unavailable(&error),
            other => Self::internal(&other),
        }
    }
}

impl From<diesel::result::Error> for Problem {
    fn from(error: diesel::result::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<AuditError> for Problem {
    /// No audit, no data.
    fn from(error: AuditError) -> Self {
        Self::unavailable(&error)
    }
}

impl From<SealingError> for Problem {
    fn from(error: SealingError) -> Self {
        match error {
            // A disk that is full or gone: nothing is wrong with the record.
            SealingError::File(_) => Self::unavailable(&error),
            other => Self::new(Kind::RecordIntegrity).failed(&other),
        }
    }
}
