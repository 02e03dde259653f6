//! How long the service works at one answer (catalogue `limit-work`).
//!
//! Every step has its own limit: a statement, a wait for a connection, a document of another's server. A request that takes
//! several of them in turn must come to an end too, or a few that wait keep what everybody needs.

use super::problem::Problem;
use crate::protection::LIMIT_WORK;
use brigandine_enforce::enforces;
use std::{future::Future, time::Duration};
use tokio::time::timeout;

const WORK: Duration = Duration::from_secs(10);

/// Does the work, or gives it up when its time is over; a transaction that it had open is rolled back then.
///
/// # Errors
/// The work's own, and `overloaded`.
#[enforces(LIMIT_WORK, answers = work.await)]
pub(super) async fn within<T, E: From<Problem>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    match timeout(WORK, work).await {
        Ok(outcome) => outcome,
        Err(elapsed) => Err(Problem::overloaded(&elapsed).into()),
    }
}
