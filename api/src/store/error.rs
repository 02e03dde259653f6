//! What can go wrong between the service and its database.
//!
//! `Display` names neither SQL nor values: a caller's mistake must not echo a statement, and a log line must not hold a
//! patient's name. The source keeps the driver's words for `Debug` in tests and for the operator of `migrate`.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use std::error::Error;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database can't be reached, or broke off.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// No connection, or no lock, came free in time, or a statement took too long. Trying again may help.
    #[error("the database is busy")]
    Busy,
    /// The schema is not the one this program was built with.
    #[error("the database schema is not up to date: run `brigandine-api migrate`")]
    NotMigrated,
    /// The application's database role could do more than it must.
    #[error("the application's database role is unsafe: {0}")]
    UnsafeRole(String),
    /// A setting of the database is wrong.
    #[error("{0}")]
    Settings(String),
    /// A migration failed.
    #[error("the migration failed")]
    Migration(#[source] Box<dyn Error + Send + Sync>),
    /// A unique constraint, by its name: `members_organization_id_issuer_subject_key`. The same on both engines.
    #[error("a unique constraint does not hold")]
    UniqueViolation(String),
    /// A row refers to one that does not exist in its organization.
    #[error("a reference leads nowhere")]
    ForeignKeyViolation,
    /// Anything else the database refused.
    #[error("a statement failed")]
    Query(#[source] DieselError),
}

impl StoreError {
    pub(crate) fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }

    pub(crate) fn settings(sentence: impl Into<String>) -> Self {
        Self::Settings(sentence.into())
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, information) = &error else {
            return match error {
                DieselError::BrokenTransactionManager => Self::unavailable(error),
                other => Self::Query(other),
            };
        };
        match kind {
            DatabaseErrorKind::UniqueViolation => Self::UniqueViolation(constraint(information.as_ref())),
            DatabaseErrorKind::ForeignKeyViolation => Self::ForeignKeyViolation,
            DatabaseErrorKind::SerializationFailure => Self::Busy,
            DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection => {
                Self::unavailable(error)
            }
            _ => by_message(error),
        }
    }
}

/// What both databases say when they can't write: the disk is full, gone, or read-only.
const TAKES_NO_CHANGES: [&str; 7] = [
    "database or disk is full",
    "attempt to write a readonly database",
    "disk I/O error",
    "unable to open database file",
    "No space left on device",
    "Read-only file system",
    "in a read-only transaction",
];

/// Neither driver passes on a code for these, so their fixed English texts are all there is.
fn by_message(error: DieselError) -> StoreError {
    let DieselError::DatabaseError(_, information) = &error else { return StoreError::Query(error) };
    let message = information.message();
    if message.contains("database is locked")
        || message.contains("due to lock timeout")
        || message.contains("due to statement timeout")
        || message.contains("deadlock detected")
    {
        StoreError::Busy
    } else if message.starts_with("terminating connection")
        || TAKES_NO_CHANGES.iter().any(|words| message.contains(words))
    {
        StoreError::unavailable(error)
    } else {
        StoreError::Query(error)
    }
}

/// PostgreSQL names the constraint. SQLite says `UNIQUE constraint failed: members.organization_id, members.issuer`,
/// which is brought into the same form.
fn constraint(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> String {
    if let Some(name) = information.constraint_name() {
        return name.to_owned();
    }
    let Some((_, columns)) = information.message().split_once("failed: ") else { return String::new() };
    let mut columns = columns.split(", ").filter_map(|column| column.split_once('.')).peekable();
    let mut name = columns.peek().map_or(String::new(), |(table, _)| (*table).to_owned());
    for (_, column) in columns {
        name.push('_');
        name.push_str(column);
    }
    name + "_key"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_names_a_constraint_as_postgres_does() {
        let message = "UNIQUE constraint failed: members.organization_id, members.issuer, members.subject";
        let error =
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, Box::new(message.to_owned()));
        assert!(
            matches!(StoreError::from(error), StoreError::UniqueViolation(name) if name == "members_organization_id_issuer_subject_key")
        );
    }

    #[test]
    fn a_database_that_cannot_write_is_unavailable() {
        for message in [
            "database or disk is full",
            "attempt to write a readonly database",
            "could not extend file \"base/5/1259\": No space left on device",
            "cannot execute INSERT in a read-only transaction",
        ] {
            let error = DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()));
            assert!(matches!(StoreError::from(error), StoreError::Unavailable(_)), "{message}");
        }
    }

    #[test]
    fn display_keeps_the_drivers_words_to_itself() {
        let error =
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new("near Ada Lovelace".to_owned()));
        assert_eq!(StoreError::from(error).to_string(), "a statement failed");
    }
}
