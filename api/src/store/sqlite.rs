//! Opening the embedded database.

use super::{Connection, StoreError, connection::AsyncSqliteConnection, offload::Offload};
use crate::protection::{AUTHZ_OBJECT_REFERENCE, LIMIT_WORK};
use brigandine_enforce::enforces;
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection};
use std::{
    fs::{OpenOptions, Permissions},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    time::Duration,
};

/// Set on every connection, after [`limit_waiting`]: these may already have to wait for another process.
/// - `synchronous = FULL`: an answered change or audit row survives a power cut.
/// - `trusted_schema = OFF`: a planted view or trigger can't call functions with side effects.
/// - `recursive_triggers`: without it `REPLACE INTO audit_events` deletes a row past the trigger that forbids it.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; \
                       PRAGMA recursive_triggers = ON; PRAGMA cell_size_check = ON;";

/// Opens the file, and makes it readable by its owner only. SQLite gives the WAL the same permissions. `patience`: how
/// long it waits while another process writes.
pub(super) async fn connect(file: &Path, patience: Duration) -> Result<Connection, StoreError> {
    let mut offload = Offload::start().map_err(StoreError::unavailable)?;
    let file = file.to_owned();
    let connection =
        diesel_async::sync_connection_wrapper::SpawnBlocking::spawn_blocking(&mut offload, move || {
            open(&file, patience)
        })
        .await
        .map_err(StoreError::Unavailable)??;
    Ok(Connection::Sqlite(Box::new(AsyncSqliteConnection::with_runtime(connection, offload))))
}

fn open(file: &Path, patience: Duration) -> Result<SqliteConnection, StoreError> {
    let owner_only = Permissions::from_mode(0o600);
    let handle = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
        .map_err(StoreError::unavailable)?;
    handle.set_permissions(owner_only).map_err(StoreError::unavailable)?;
    let path =
        file.to_str().ok_or_else(|| StoreError::settings("database.url: the file's name must be UTF-8"))?;
    let mut connection = SqliteConnection::establish(path).map_err(StoreError::unavailable)?;
    limit_waiting(&mut connection, patience)?;
    connection.batch_execute(PRAGMAS)?;
    check_references(&mut connection)?;
    Ok(connection)
}

/// Who waits for another process that writes is told after a while that the database is busy (OWASP API4).
#[enforces(LIMIT_WORK, otherwise = crate::vulnerable::store::wait_long)]
fn limit_waiting(connection: &mut SqliteConnection, patience: Duration) -> Result<(), StoreError> {
    Ok(connection.batch_execute(&format!("PRAGMA busy_timeout = {}", patience.as_millis()))?)
}

/// What a row names is a row of the same organization: a check that a handler forgot, the schema makes (OWASP API1).
#[enforces(AUTHZ_OBJECT_REFERENCE, otherwise = crate::vulnerable::store::ignore_references)]
fn check_references(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    Ok(connection.batch_execute("PRAGMA foreign_keys = ON")?)
}
