//! The observer's door to an SQLite file, beside the service that has it open.

use super::{ObserveError, Row};
use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// One connection to the file, opened at the first look.
#[derive(Clone)]
pub struct SqliteDoor {
    url: String,
    connection: Arc<Mutex<Option<SqliteConnection>>>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

impl SqliteDoor {
    pub(super) fn new(file: &Path) -> Self {
        // `mode=rw`: a mistyped path must not quietly become an empty database.
        Self { url: format!("file:{}?mode=rw", file.display()), connection: Arc::default() }
    }

    pub(super) async fn rows(&self, table: &str, filter: &str) -> Result<Vec<Row>, ObserveError> {
        let (table, filter) = (table.to_owned(), filter.to_owned());
        self.with(move |connection| {
            let columns =
                lines(connection, &format!("SELECT name AS line FROM pragma_table_info('{table}')"))?;
            let pairs: Vec<String> = columns
                .iter()
                .map(|c| {
                    format!(
                        "'{c}', CASE typeof(\"{c}\") WHEN 'blob' THEN lower(hex(\"{c}\")) ELSE \"{c}\" END"
                    )
                })
                .collect();
            let pairs = pairs.join(", ");
            lines(connection, &format!("SELECT json_object({pairs}) AS line FROM {table} WHERE {filter}"))
        })
        .await
        .map(|lines| lines.iter().filter_map(|line| Row::parse(line)).collect())
    }

    pub(super) async fn execute(&self, sql: &str) -> Result<u64, ObserveError> {
        let sql = sql.to_owned();
        self.with(move |connection| Ok(sql_query(sql).execute(connection)? as u64)).await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> diesel::QueryResult<T> + Send + 'static,
    ) -> Result<T, ObserveError> {
        let door = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut guard = door.connection.lock().unwrap_or_else(PoisonError::into_inner);
            if guard.is_none() {
                let mut opened =
                    SqliteConnection::establish(&door.url).map_err(|e| ObserveError(e.to_string()))?;
                opened
                    .batch_execute("PRAGMA busy_timeout = 5000")
                    .map_err(|e| ObserveError(e.to_string()))?;
                *guard = Some(opened);
            }
            match guard.as_mut() {
                Some(connection) => work(connection).map_err(|error| ObserveError(error.to_string())),
                None => Err(ObserveError("no connection".into())),
            }
        });
        done.await.map_err(|error| ObserveError(error.to_string()))?
    }
}

fn lines(connection: &mut SqliteConnection, sql: &str) -> diesel::QueryResult<Vec<String>> {
    Ok(sql_query(sql).load::<Line>(connection)?.into_iter().map(|line| line.line).collect())
}
