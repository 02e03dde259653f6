//! Group commit: the events that arrive while one batch is being made durable form the next one.
//!
//! A thread and a connection of its own, so that a flood of refusals can't take the requests' connections, and a full pool
//! can't keep a refusal out of the log.

use super::{
    AuditError, Event,
    event::Row,
    queue::{Lane, Queue, Rejected},
};
use crate::{
    clock::Clock,
    store::{Connection, Store, StoreError, prelude::*, schema::audit_events},
};
use diesel::{QueryResult, connection::SimpleConnection};
use diesel_async::AsyncPgConnection;
use futures_util::future::{join, try_join_all, try_join3};
use std::{array, future::Future, sync::Arc, thread, time::Duration};
use tokio::{runtime::Builder, sync::oneshot, time::timeout};

/// Events committed together.
const BATCH: usize = 256;
/// Rows in one statement, on PostgreSQL.
const MANY: usize = 16;
const SOME: usize = 4;
/// How long a request waits for its event to be durable.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a batch may take on the connection.
const LIMIT: Duration = Duration::from_secs(2);

/// One request's event, and where its answer goes.
type Entry = (Row, oneshot::Sender<Result<(), AuditError>>);

/// The way to the writer. Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub struct AuditWriter {
    entries: Arc<Entries>,
    clock: Clock,
}

/// The near end of the queue.
struct Entries(Arc<Queue<Entry>>);

impl Drop for Entries {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl AuditWriter {
    /// Starts the writer's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: Store, clock: Clock) -> Result<Self, AuditError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(AuditError::Start)?;
        let queue = Arc::new(Queue::default());
        let writer = Writer { store, connection: None, queue: Arc::clone(&queue) };
        thread::Builder::new()
            .name("audit".into())
            .spawn(move || runtime.block_on(writer.run()))
            .map_err(AuditError::Start)?;
        Ok(Self { entries: Arc::new(Entries(queue)), clock })
    }

    /// Writes an event and waits until it is durable. The request must fail if it is not.
    ///
    /// Never to be awaited inside a transaction opened for writing: on SQLite the writer would wait for that one.
    ///
    /// # Errors
    /// When too much of its organization waits already, the database fails, or no answer comes in time.
    pub async fn record(&self, event: Event) -> Result<(), AuditError> {
        self.enqueue(Lane::Work(event.organization), event).await
    }

    /// As [`AuditWriter::record`], for a refusal: a flood of them is in nobody's way.
    ///
    /// # Errors
    /// As [`AuditWriter::record`]. [`AuditError::Full`] when so many refusals wait that this one may go unwritten.
    pub async fn record_refusal(&self, event: Event) -> Result<(), AuditError> {
        self.enqueue(Lane::Refusals(event.organization), event).await
    }

    async fn enqueue(&self, lane: Lane, event: Event) -> Result<(), AuditError> {
        let (answer, outcome) = oneshot::channel();
        let Entries(queue) = &*self.entries;
        queue.push(lane, (Row::new(&event, self.clock), answer)).map_err(|rejected| match rejected {
            Rejected::Full => AuditError::Full,
            Rejected::Closed => AuditError::Silent,
        })?;
        match timeout(PATIENCE, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(AuditError::Silent),
        }
    }
}

struct Writer {
    store: Store,
    connection: Option<Connection>,
    queue: Arc<Queue<Entry>>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Writer {
    async fn run(mut self) {
        let mut entries = Vec::with_capacity(BATCH);
        loop {
            self.queue.take(BATCH, &mut entries).await;
            if entries.is_empty() {
                return;
            }
            // Whoever gave up has failed its request already.
            entries.retain(|(_, answer)| !answer.is_closed());
            if entries.is_empty() {
                continue;
            }
            let (rows, answers): (Vec<_>, Vec<_>) = entries.drain(..).unzip();
            match self.persist(&rows).await {
                Ok(()) => answers.into_iter().for_each(|answer| drop(answer.send(Ok(())))),
                Err(error)
                    if rows.len() == 1 || matches!(error, StoreError::Unavailable(_) | StoreError::Busy) =>
                {
                    let error = Arc::new(error);
                    for answer in answers {
                        drop(answer.send(Err(AuditError::Store(Arc::clone(&error)))));
                    }
                }
                // One row that the database will not have must not take the others with it.
                Err(_) => {
                    for (row, answer) in rows.into_iter().zip(answers) {
                        let outcome = self.persist(&[row]).await;
                        drop(answer.send(outcome.map_err(|error| AuditError::Store(Arc::new(error)))));
                    }
                }
            }
        }
    }

    /// One transaction; tried once more on a new connection when the old one has broken off. A connection is kept only
    /// after a success: a failed one may still be inside its transaction, and would fail every batch to come.
    async fn persist(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        let _turn = self.store.turn(None).await?;
        if let Some(mut connection) = self.connection.take() {
            match limited(insert(&mut connection, rows)).await {
                Ok(()) => {
                    self.connection = Some(connection);
                    return Ok(());
                }
                Err(StoreError::Unavailable(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let mut connection = self.store.connect().await?;
        limited(insert(&mut connection, rows)).await?;
        self.connection = Some(connection);
        Ok(())
    }
}

async fn limited(work: impl Future<Output = QueryResult<()>>) -> Result<(), StoreError> {
    timeout(LIMIT, work).await.map_err(StoreError::unavailable)?.map_err(StoreError::from)
}

/// Sends the statement without waiting for the one before it.
async fn insert_pipelined<const N: usize>(
    mut connection: &AsyncPgConnection,
    rows: &[Row; N],
) -> QueryResult<usize> {
    let insert = diesel::insert_into(audit_events::table).values(rows).on_conflict_do_nothing();
    insert.execute(&mut connection).await
}

/// `ON CONFLICT DO NOTHING`: the batch may have been committed just before the connection broke off.
async fn insert(connection: &mut Connection, rows: &[Row]) -> QueryResult<()> {
    match connection {
        Connection::Postgres(connection) => {
            let connection = &**connection;
            let (mut first, mut last) = (connection, connection);
            // No tenant: this connection may add any tenant's events and read none.
            let begin = diesel_async::SimpleAsyncConnection::batch_execute(
                &mut first,
                "BEGIN; SET LOCAL app.tenant = ''",
            );
            // Many rows in one statement cost the server a fraction of as many statements; of few sizes, because each is
            // prepared once.
            let (many, rest) = rows.as_chunks::<MANY>();
            let (some, rest) = rest.as_chunks::<SOME>();
            let inserts = try_join3(
                try_join_all(many.iter().map(|rows| insert_pipelined(connection, rows))),
                try_join_all(some.iter().map(|rows| insert_pipelined(connection, rows))),
                try_join_all(rest.iter().map(|row| insert_pipelined(connection, array::from_ref(row)))),
            );
            let (begun, inserted) = join(begin, inserts).await;
            // Only now: COMMIT must not overtake a statement that is still being prepared.
            let done = begun.is_ok() && inserted.is_ok();
            let end = if done { "SELECT 1; COMMIT" } else { "ROLLBACK" };
            let ended = diesel_async::SimpleAsyncConnection::batch_execute(&mut last, end).await;
            begun.and(inserted.map(drop)).and(ended)
        }
        Connection::Sqlite(connection) => {
            let rows = rows.to_vec();
            connection
                .spawn_blocking(move |connection| {
                    connection.batch_execute("BEGIN IMMEDIATE")?;
                    let insert = |row| {
                        let insert =
                            diesel::insert_into(audit_events::table).values(row).on_conflict_do_nothing();
                        diesel::RunQueryDsl::execute(insert, connection)
                    };
                    let inserted = rows.iter().map(insert).collect::<QueryResult<Vec<usize>>>();
                    let ended =
                        connection.batch_execute(if inserted.is_ok() { "COMMIT" } else { "ROLLBACK" });
                    inserted.map(drop).and(ended)
                })
                .await
        }
    }
}
