//! A few connections per worker thread.
//!
//! Workers run on a thread each, and a connection never leaves its worker: no hand-over between threads on the hot path.
//! Whoever waits is served in order, for a second at most, and then told that the database is busy.

use super::{Connection, Inner, StoreError, Turn};
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
}

impl Pool {
    /// The pool of this thread.
    pub(super) fn of_this_worker(store: &Inner) -> Arc<Self> {
        POOLS.with_borrow_mut(|pools| {
            let new = || {
                Arc::new(Self {
                    idle: Mutex::default(),
                    permits: Arc::new(Semaphore::new(store.settings.connections_per_worker)),
                })
            };
            Arc::clone(pools.entry(store.number).or_insert_with(new))
        })
    }

    /// An exclusive connection: the one returned last, or a new one.
    pub(super) async fn lease(self: Arc<Self>, store: &Inner) -> Result<Lease, StoreError> {
        let permit = tokio::time::timeout(WAIT, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| StoreError::Busy)?
            .map_err(StoreError::unavailable)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (connection, used) = match idle {
            Some(connection) => (connection, true),
            None => (store.connect().await?, false),
        };
        Ok(Lease { connection, used, turn: None, pool: self, _permit: permit })
    }
}

/// A connection, and the right to have it. Dropping it closes the connection; only [`Lease::restore`] hands it back.
pub(super) struct Lease {
    pub(super) connection: Connection,
    /// Whether it has served before, and so may have died in the meantime.
    pub(super) used: bool,
    /// Held by who writes.
    pub(super) turn: Turn,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
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
