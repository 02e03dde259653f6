//! Opening the embedded database.

use super::{Connection, StoreError, connection::AsyncSqliteConnection, offload::Offload};
use crate::protection::{AUTHZ_OBJECT_REFERENCE, LIMIT_WORK};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection};
use std::{
    fs::{OpenOptions, Permissions},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    time::Duration,
};

/// Set on every connection, after its `busy_timeout`: these may already have to wait for another process.
/// - `synchronous = FULL`: an answered change or audit row survives a power cut.
/// - `trusted_schema = OFF`: a planted view or trigger can't call functions with side effects.
/// - `recursive_triggers`: without it `REPLACE INTO audit_events` deletes a row past the trigger that forbids it.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                       PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA recursive_triggers = ON; \
                       PRAGMA cell_size_check = ON;";

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
    let patience = if LIMIT_WORK.holds() { patience } else { Duration::from_secs(60) };
    connection.batch_execute(&format!("PRAGMA busy_timeout = {}; {PRAGMAS}", patience.as_millis()))?;
    if !AUTHZ_OBJECT_REFERENCE.holds() {
        connection.batch_execute("PRAGMA foreign_keys = OFF")?;
    }
    Ok(connection)
}
