//! A connection to either engine, and the macro that writes a query once for both.

use super::offload::Offload;
use diesel::{QueryResult, SqliteConnection};
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection, sync_connection_wrapper::SyncConnectionWrapper,
};
use std::fmt;

/// SQLite behind a thread of its own.
pub type AsyncSqliteConnection = SyncConnectionWrapper<SqliteConnection, Offload>;

/// An open connection.
pub enum Connection {
    /// To PostgreSQL.
    Postgres(Box<AsyncPgConnection>),
    /// To the embedded database.
    Sqlite(Box<AsyncSqliteConnection>),
}

impl Connection {
    /// Runs statements that take no values.
    pub(crate) async fn batch(&mut self, sql: &str) -> QueryResult<()> {
        match self {
            Self::Postgres(connection) => connection.batch_execute(sql).await,
            Self::Sqlite(connection) => connection.batch_execute(sql).await,
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Postgres(_) => "Postgres",
            Self::Sqlite(_) => "Sqlite",
        })
    }
}

/// Writes a query once and has it type-checked and run against whichever engine the [`Connection`] leads to:
/// `each!(transaction.connection(), |c| members::table.find(id).select(Row::as_select()).first(c))`.
///
/// The query is a future and is awaited inside. `diesel_async::RunQueryDsl` must be in scope (see `store::prelude`).
macro_rules! each {
    ($connection:expr, |$c:ident| $query:expr) => {
        match $connection {
            $crate::store::Connection::Postgres(connection) => {
                let $c = &mut **connection;
                $query.await
            }
            $crate::store::Connection::Sqlite(connection) => {
                let $c = &mut **connection;
                $query.await
            }
        }
    };
}
pub(crate) use each;
