//! A few connections per worker thread.
//!
//! Workers run on a thread each, and a connection never leaves its worker: no hand-over between threads on the hot path.
//! Whoever waits is served in order, for a second at most, and then told that the database is busy.

use super::{Connection, Inner, Mode, StoreError, Turn, shared::Shared, within};
use crate::{
    ids::OrganizationId,
    limits::{Share, Shares, share_of_tenant},
    protection::LIMIT_WORK,
};
use brigandine_enforce::enforces;
use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long a request waits for a connection of its worker.
const WAIT: Duration = Duration::from_secs(1);

thread_local! {
    /// By the store's number: tests keep several stores in one process.
    static POOLS: RefCell<HashMap<u64, Arc<Pool>>> = RefCell::default();
}

/// The connections of one worker.
pub(super) struct Pool {
    idle: Mutex<Vec<Connection>>,
    places: Shares<OrganizationId>,
    /// As many as [`for_writers`].
    writers: Shares<OrganizationId>,
    /// Beside them, for single reads on PostgreSQL.
    pub(super) shared: Shared,
}

impl Pool {
    /// The pool of this thread.
    pub(super) fn of_this_worker(store: &Inner) -> Arc<Self> {
        POOLS.with_borrow_mut(|pools| {
            let new = || {
                let all = store.settings.connections_per_worker;
                Arc::new(Self {
                    idle: Mutex::default(),
                    places: Shares::of(all, share_of_tenant),
                    writers: Shares::of(for_writers(all), share_of_tenant),
                    shared: Shared::default(),
                })
            };
            Arc::clone(pools.entry(store.number).or_insert_with(new))
        })
    }

    /// An exclusive connection: the one returned last, or a new one. An organization whose transactions wait for each other
    /// leaves one to the others, and waits in a queue of its own.
    pub(super) async fn lease(
        self: Arc<Self>,
        store: &Inner,
        organization: Option<OrganizationId>,
        mode: Mode,
    ) -> Result<Lease, StoreError> {
        let writer = match mode {
            Mode::Write => Some(wait(&self.writers, organization).await?),
            Mode::Read => None,
        };
        let place = wait(&self.places, organization).await?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (connection, used) = match idle {
            Some(connection) => (connection, true),
            None => (store.connect().await?, false),
        };
        Ok(Lease { connection, used, turn: None, pool: self, _places: (writer, place) })
    }
}

async fn wait(
    places: &Shares<OrganizationId>,
    organization: Option<OrganizationId>,
) -> Result<Share, StoreError> {
    let share = places.most().saturating_sub(1).max(1);
    let place = places.take(organization.map(|organization| (organization, share)));
    within(WAIT, place).await?.ok_or(StoreError::Busy)
}

/// One connection fewer, where there are several: writers that wait for each other's locks leave one to readers (OWASP
/// API4).
#[enforces(LIMIT_WORK)]
fn for_writers(connections: usize) -> usize {
    connections.saturating_sub(1).max(1)
}

/// A connection, and the right to have it. Dropping it closes the connection; only [`Lease::restore`] hands it back.
pub(super) struct Lease {
    pub(super) connection: Connection,
    /// Whether it has served before, and so may have died in the meantime.
    pub(super) used: bool,
    /// Held by who writes.
    pub(super) turn: Turn,
    pool: Arc<Pool>,
    _places: (Option<Share>, Share),
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
