//! The audit log: what happened, to what, by whom, from where. No audit, no data: whoever can't write the event must fail.
//!
//! A change writes its event by [`write`] in its own transaction. Everything else goes through the [`AuditWriter`], which
//! commits the events of many requests together.

mod event;
mod queue;
mod reason;
mod writer;

pub use event::{Actor, Event, EventName, Outcome};
pub use reason::Reason;
pub use writer::AuditWriter;

use crate::{
    clock::Clock,
    store::{StoreError, Transaction, prelude::*, schema::audit_events},
};
use event::Row;

/// An event could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// More of this organization's events are waiting than may.
    #[error("the audit log has fallen behind")]
    Full,
    /// The writer has ended, or did not answer in time.
    #[error("the audit log does not answer")]
    Silent,
    /// The writer's thread could not be started.
    #[error("the audit log could not be started")]
    Start(#[source] std::io::Error),
    /// The database refused or failed.
    #[error("the audit log could not be written")]
    Store(#[source] std::sync::Arc<StoreError>),
}

/// Writes the event of a change inside the change's own transaction: both last, or neither.
///
/// # Errors
/// When the row is refused; the transaction must not be committed then.
pub async fn write(transaction: &mut Transaction, event: &Event) -> Result<(), StoreError> {
    let row = Row::new(event, Clock);
    each!(transaction.connection(), |c| diesel::insert_into(audit_events::table).values(row).execute(c))?;
    Ok(())
}

#[cfg(test)]
mod tests;
