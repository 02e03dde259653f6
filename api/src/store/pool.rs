//! A few connections per worker thread.
//!
//! Workers run on a thread each, and a connection never leaves its worker: no hand-over between threads on the hot path.
//! Whoever waits is served in order, for a second at most, and then told that the database is busy.

use super::{Connection, Inner, Mode, StoreError, Turn, shared::Shared};
use crate::protection::Protection;
use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request waits for a connection of its worker.
const WAIT: Duration = Duration::from_secs(1);

thread_local! {
    /// By the store's number: tests keep several stores in one process.
    static POOLS: RefCell<HashMap<u64, Arc<Pool>>> = RefCell::default();
}

/// The connections of one worker.
pub(super) struct Pool {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    /// One fewer, where there are several: writers that wait for each other's locks leave a connection to readers.
    writers: Arc<Semaphore>,
    /// Beside them, for single reads on PostgreSQL.
    pub(super) shared: Shared,
}

impl Pool {
    /// The pool of this thread.
    pub(super) fn of_this_worker(store: &Inner) -> Arc<Self> {
        POOLS.with_borrow_mut(|pools| {
            let new = || {
                let all = store.settings.connections_per_worker;
                let writers = if Protection::LimitWork.holds() { all.saturating_sub(1).max(1) } else { all };
                Arc::new(Self {
                    idle: Mutex::default(),
                    permits: Arc::new(Semaphore::new(all)),
                    writers: Arc::new(Semaphore::new(writers)),
                    shared: Shared::default(),
                })
            };
            Arc::clone(pools.entry(store.number).or_insert_with(new))
        })
    }

    /// An exclusive connection: the one returned last, or a new one.
    pub(super) async fn lease(self: Arc<Self>, store: &Inner, mode: Mode) -> Result<Lease, StoreError> {
        let writer = match mode {
            Mode::Write => Some(wait(&self.writers).await?),
            Mode::Read => None,
        };
        let permit = wait(&self.permits).await?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (connection, used) = match idle {
            Some(connection) => (connection, true),
            None => (store.connect().await?, false),
        };
        Ok(Lease { connection, used, turn: None, pool: self, _permits: (writer, permit) })
    }
}

async fn wait(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, StoreError> {
    let permit = Arc::clone(permits).acquire_owned();
    let permit = if Protection::LimitWork.holds() {
        tokio::time::timeout(WAIT, permit).await.map_err(|_| StoreError::Busy)?
    } else {
        permit.await
    };
    permit.map_err(StoreError::unavailable)
}

/// A connection, and the right to have it. Dropping it closes the connection; only [`Lease::restore`] hands it back.
pub(super) struct Lease {
    pub(super) connection: Connection,
    /// Whether it has served before, and so may have died in the meantime.
    pub(super) used: bool,
    /// Held by who writes.
    pub(super) turn: Turn,
    pool: Arc<Pool>,
    _permits: (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit),
}

impl fmt::Debug for Lease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connection.fmt(formatter)
    }
}

impl Lease {
    /// Returns the connection, which must be outside any transaction.
    pub(super) fn restore(self) {
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(self.connection);
    }
}
