//! The connection that the single reads of a worker share.

use super::{Connection, Inner, StoreError};
use diesel_async::AsyncPgConnection;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// Statements on their way at once. One that is slow keeps those behind it waiting; whoever finds so many of them takes a
/// connection of their own.
const MOST: usize = 256;

/// One connection, for statements that stand alone.
pub(super) struct Shared {
    connection: Mutex<Option<Arc<AsyncPgConnection>>>,
    places: Arc<Semaphore>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { connection: Mutex::default(), places: Arc::new(Semaphore::new(MOST)) }
    }
}

impl Shared {
    /// A place among those on their way, until it is dropped.
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// The connection; a new one, if there is none.
    pub(super) async fn connection(&self, store: &Inner) -> Result<Arc<AsyncPgConnection>, StoreError> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = &*slot {
            return Ok(Arc::clone(connection));
        }
        let mut new = store.connect().await?;
        new.batch("SET default_transaction_read_only = on").await?;
        let Connection::Postgres(new) = new else {
            return Err(StoreError::settings("the embedded database shares no connection"));
        };
        Ok(Arc::clone(slot.insert(Arc::from(new))))
    }

    /// Forgets a connection that failed, unless somebody else did so already.
    pub(super) async fn discard(&self, failed: &Arc<AsyncPgConnection>) {
        let mut slot = self.connection.lock().await;
        if slot.as_ref().is_some_and(|current| Arc::ptr_eq(current, failed)) {
            *slot = None;
        }
    }
}
