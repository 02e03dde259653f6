//! What only SQLite does.

use crate::store::{
    Engine, Store, StoreSettings,
    prelude::*,
    testing::{Directory, Fixture, on_sqlite},
};
use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use std::{fs, os::unix::fs::PermissionsExt};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    on_sqlite(async |fixture: &Fixture| {
        let Engine::Sqlite(file) = &fixture.settings.engine else { unreachable!() };
        let (_, _) = fixture.organization().await;
        for suffix in ["", "-wal", "-shm"] {
            let name = format!("{}{suffix}", file.display());
            assert_eq!(fs::metadata(&name).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_connection_is_set_up() {
    on_sqlite(async |fixture: &Fixture| {
        let mut transaction = fixture.store.begin_unscoped(Mode::Read).await.unwrap();
        for (pragma, value) in [
            ("foreign_keys", 1),
            ("trusted_schema", 0),
            ("recursive_triggers", 1),
            ("synchronous", 2),
            ("query_only", 1),
        ] {
            let query = || sql_query(format!("SELECT {pragma} AS value FROM pragma_{pragma}"));
            let number: Number = each!(transaction.connection(), |c| query().get_result(c)).unwrap();
            assert_eq!(number.value, value, "{pragma}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_file_is_not_migrated() {
    let directory = Directory::new();
    let engine = Engine::Sqlite(directory.0.join("empty.sqlite"));
    let settings = StoreSettings { engine, connections_per_worker: 1, root_certificate: None };
    let refused = Store::open(&settings).unwrap().check_migrated().await.unwrap_err();
    assert!(matches!(refused, StoreError::NotMigrated));
}

#[tokio::test]
async fn two_writers_take_turns() {
    on_sqlite(async |fixture: &Fixture| {
        let other = Store::open(&fixture.settings).unwrap();
        let held = fixture.store.begin_unscoped(Mode::Write).await.unwrap();
        assert!(matches!(other.begin_unscoped(Mode::Write).await.unwrap_err(), StoreError::Busy));
        other.begin_unscoped(Mode::Read).await.unwrap().release();
        held.commit().await.unwrap();
        other.begin_unscoped(Mode::Write).await.unwrap().commit().await.unwrap();
    })
    .await;
}
