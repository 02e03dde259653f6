//! The independent observer: reads the database and the log behind the service's back.
//!
//! It believes nothing the service says over HTTP. As it may also write, it plays the thief with database access.

mod digest;
mod log;
mod outbox;
mod postgres;
mod refusals;
mod row;
mod sqlite;

pub use digest::Digest;
pub use log::LogBook;
pub use outbox::{Outbox, SeenMail};
pub use postgres::PostgresDoor;
pub(crate) use postgres::connect;
pub use refusals::{Refusals, Tally};
pub use row::Row;
pub use sqlite::SqliteDoor;

use crate::matrix::has_clinic;
use std::{collections::BTreeMap, path::Path, sync::Arc};
use uuid::Uuid;

/// The observer could not look.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the observer can't read the database: {0}")]
pub struct ObserveError(pub String);

enum Door {
    Sqlite(SqliteDoor),
    Postgres(Box<PostgresDoor>),
    Blank,
}

/// What an attack must leave as it was.
const BUSINESS_TABLES: [&str; 3] = ["organizations", "members", "webhooks"];
/// The same of the example domain, where it is served.
const CLINIC_TABLES: [&str; 10] = [
    "patients",
    "care_relations",
    "break_glass_accesses",
    "records",
    "record_versions",
    "slots",
    "appointments",
    "waiting_list",
    "patient_exports",
    "eligibility_checks",
];

/// Eyes on the database, past the service.
pub struct Observer {
    door: Door,
    /// What the service wrote to its standard output.
    pub log: Arc<LogBook>,
}

impl Observer {
    /// Watches an SQLite file.
    #[must_use]
    pub fn sqlite(file: &Path, log: Arc<LogBook>) -> Self {
        Self { door: Door::Sqlite(SqliteDoor::new(file)), log }
    }

    /// Watches a PostgreSQL database as its superuser.
    #[must_use]
    pub fn postgres(door: PostgresDoor, log: Arc<LogBook>) -> Self {
        Self { door: Door::Postgres(Box::new(door)), log }
    }

    /// Sees nothing: for what is no service.
    pub(crate) fn blank() -> Self {
        Self { door: Door::Blank, log: Arc::default() }
    }

    /// Whether the database is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.door, Door::Postgres(_))
    }

    /// The PostgreSQL database, for attacks that speak SQL as one of its roles.
    #[must_use]
    pub fn postgres_door(&self) -> Option<&PostgresDoor> {
        match &self.door {
            Door::Postgres(door) => Some(door),
            _ => None,
        }
    }

    /// Rows as they are stored. `filter` is SQL after `WHERE`; write identifiers with [`Observer::id`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rows(&self, table: &str, filter: &str) -> Result<Vec<Row>, ObserveError> {
        match &self.door {
            Door::Sqlite(door) => door.rows(table, filter).await,
            Door::Postgres(door) => door.rows(table, filter).await,
            Door::Blank => Ok(Vec::new()),
        }
    }

    /// The one row with this id.
    ///
    /// # Errors
    /// When the database refuses, or there is no such row.
    pub async fn row(&self, table: &str, id: Uuid) -> Result<Row, ObserveError> {
        let rows = self.rows(table, &format!("id = {}", self.id(id))).await?;
        rows.into_iter().next().ok_or_else(|| ObserveError(format!("{table} has no row {id}")))
    }

    /// Changes the database behind the service's back; returns the number of rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn execute(&self, sql: &str) -> Result<u64, ObserveError> {
        match &self.door {
            Door::Sqlite(door) => door.execute(sql).await,
            Door::Postgres(door) => door.execute(sql).await,
            Door::Blank => Ok(0),
        }
    }

    /// Overwrites one column of one row with bytes: the thief's pen.
    ///
    /// # Errors
    /// When the database refuses, or no row was hit.
    pub async fn overwrite(
        &self,
        table: &str,
        id: Uuid,
        column: &str,
        bytes: &[u8],
    ) -> Result<(), ObserveError> {
        let (value, id) = (self.bytes(bytes), self.id(id));
        match self.execute(&format!("UPDATE {table} SET {column} = {value} WHERE id = {id}")).await? {
            1 => Ok(()),
            hit => Err(ObserveError(format!("overwriting {table}.{column} hit {hit} rows"))),
        }
    }

    /// An identifier as an SQL literal of this database.
    #[must_use]
    pub fn id(&self, id: Uuid) -> String {
        if self.is_postgres() { format!("'{id}'::uuid") } else { format!("X'{}'", id.simple()) }
    }

    /// Bytes as an SQL literal of this database.
    #[must_use]
    pub fn bytes(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.is_postgres() { format!("'\\x{hex}'::bytea") } else { format!("X'{hex}'") }
    }

    /// A moment so many seconds from now, as an SQL expression of this database.
    #[must_use]
    pub fn moment(&self, seconds: i64) -> String {
        if self.is_postgres() {
            format!("now() + interval '{seconds} seconds'")
        } else {
            format!("((CAST(strftime('%s', 'now') AS INTEGER) + ({seconds})) * 1000000)")
        }
    }

    /// A moment of Unix time, as an SQL expression of this database.
    #[must_use]
    pub fn instant(&self, unix_seconds: i64) -> String {
        if self.is_postgres() {
            format!("to_timestamp({unix_seconds})")
        } else {
            format!("{unix_seconds} * 1000000")
        }
    }

    /// The seconds from one moment to another, as an SQL expression of this database.
    #[must_use]
    pub fn between(&self, begin: &str, end: &str) -> String {
        if self.is_postgres() {
            format!("extract(epoch FROM ({end} - ({begin})))")
        } else {
            format!("(({end} - ({begin})) / 1000000.0)")
        }
    }

    /// Lets seconds pass for a row: moves its moments in these columns back.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn age(
        &self,
        table: &str,
        columns: &[&str],
        filter: &str,
        seconds: i64,
    ) -> Result<u64, ObserveError> {
        let by = if self.is_postgres() {
            format!("interval '{seconds} seconds'")
        } else {
            format!("{seconds} * 1000000")
        };
        let moved: Vec<String> = columns.iter().map(|column| format!("{column} = {column} - {by}")).collect();
        self.execute(&format!("UPDATE {table} SET {} WHERE {filter}", moved.join(", "))).await
    }

    /// The tables of the schema, whatever they are.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tables(&self) -> Result<Vec<String>, ObserveError> {
        let (catalogue, filter, column) = if self.is_postgres() {
            ("pg_tables", "schemaname = 'public'", "tablename")
        } else {
            ("sqlite_master", "type = 'table' AND name NOT LIKE 'sqlite%'", "name")
        };
        Ok(self.rows(catalogue, filter).await?.iter().filter_map(|row| row.text(column)).collect())
    }

    /// The columns of a table.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn columns(&self, table: &str) -> Result<Vec<String>, ObserveError> {
        let (catalogue, filter, column) = if self.is_postgres() {
            let filter = format!("table_schema = 'public' AND table_name = '{table}'");
            ("information_schema.columns", filter, "column_name")
        } else {
            ("pragma_table_info", format!("arg = '{table}'"), "name")
        };
        Ok(self.rows(catalogue, &filter).await?.iter().filter_map(|row| row.text(column)).collect())
    }

    /// Everything in the business tables of these organizations.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn digest(&self, organizations: &[Uuid]) -> Result<Digest, ObserveError> {
        let ids: Vec<String> = organizations.iter().map(|id| self.id(*id)).collect();
        if ids.is_empty() {
            return Ok(Digest::default());
        }
        let list = ids.join(", ");
        let mut digest = Digest::default();
        for table in BUSINESS_TABLES {
            let column = if table == "organizations" { "id" } else { "organization_id" };
            digest.take(table, self.rows(table, &format!("{column} IN ({list})")).await?);
        }
        if !has_clinic() {
            return Ok(digest);
        }
        for table in CLINIC_TABLES {
            digest.take(table, self.rows(table, &format!("organization_id IN ({list})")).await?);
        }
        // The scanner judges documents in its own time: that is nobody's request.
        let mut documents = self.rows("documents", &format!("organization_id IN ({list})")).await?;
        documents.iter_mut().for_each(|row| row.forget(&["status", "judged_at"]));
        digest.take("documents", documents);
        Ok(digest)
    }

    /// How often each reason is in the audit log. Some are there alone: nobody asks for what is done beside requests.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn reasons(&self) -> Result<BTreeMap<String, u64>, ObserveError> {
        let mut reasons = BTreeMap::new();
        for row in self.rows("audit_events", "reason IS NOT NULL").await? {
            if let Some(reason) = row.text("reason") {
                *reasons.entry(reason).or_default() += 1;
            }
        }
        Ok(reasons)
    }

    /// The audit events of one request.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit_events_of(&self, request_id: Uuid) -> Result<Vec<Row>, ObserveError> {
        self.rows("audit_events", &format!("request_id = {}", self.id(request_id))).await
    }
}
