//! Bringing the schema up to date.

use super::{Connection, Engine, Route, Store, StoreError, postgres::Connector, prelude::*, privileges};
use diesel::{migration::MigrationSource, pg::Pg, sqlite::Sqlite};
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection, async_connection_wrapper::AsyncConnectionWrapper,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::SecretString;
use std::error::Error;

const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Any number, as long as every migrating process takes the same.
const LOCK: &str = "SELECT pg_advisory_lock(4702111234474983745)";

diesel::table! {
    /// diesel's own record of what was applied.
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

pub(super) fn no_migration_url() -> StoreError {
    StoreError::settings("database.migration_url: must name the owner of the schema for this command")
}

impl Store {
    /// Applies what is pending and, on PostgreSQL, grants the application's role what it needs and nothing else. Safe to
    /// run again, and at the same time from several places. Answers the names of what was applied.
    ///
    /// # Errors
    /// [`StoreError::Settings`] without a `migration_url` on PostgreSQL; [`StoreError::UnsafeRole`] when it names the
    /// application's own role; [`StoreError::Migration`] when a statement fails.
    pub async fn migrate(&self, migration_url: Option<&SecretString>) -> Result<Vec<String>, StoreError> {
        match &self.0.settings.engine {
            Engine::Sqlite(_) => self.migrate_sqlite().await,
            Engine::Postgres(_) => self.migrate_postgres(migration_url.ok_or_else(no_migration_url)?).await,
        }
    }

    async fn migrate_sqlite(&self) -> Result<Vec<String>, StoreError> {
        let Connection::Sqlite(mut connection) = self.0.connect().await? else { return Ok(Vec::new()) };
        let applied = connection.spawn_blocking(|connection| Ok(apply(connection, SQLITE)));
        let applied = applied.await?.map_err(StoreError::Migration)?;
        connection.batch_execute(privileges::one_booking()).await?;
        Ok(applied)
    }

    async fn migrate_postgres(&self, url: &SecretString) -> Result<Vec<String>, StoreError> {
        let Route::Postgres(serving) = &self.0.route else { return Ok(Vec::new()) };
        let owner = Connector::migrating(url, self.0.settings.root_certificate.as_deref())?;
        privileges::refuse_one_role_for_both(owner.role(), serving.role())?;
        let mut connection = owner.open().await?;
        connection.batch_execute(LOCK).await?;
        // diesel's harness is synchronous. The wrapper blocks, so it works on a thread beside the runtime that drives
        // the connection.
        let run = tokio::task::spawn_blocking(move || {
            let mut wrapper = AsyncConnectionWrapper::<AsyncPgConnection>::from(connection);
            let applied = apply(&mut wrapper, POSTGRES);
            (applied, wrapper.into_inner())
        });
        let (applied, connection) = run.await.map_err(|error| StoreError::Migration(error.into()))?;
        let applied = applied.map_err(StoreError::Migration)?;
        privileges::settle(connection, serving.role()).await?;
        Ok(applied)
    }

    /// Whether every migration that this program knows was applied. Newer ones are fine: during a rolling update the old
    /// program meets the new schema.
    ///
    /// # Errors
    /// [`StoreError::NotMigrated`] when one is missing.
    pub async fn check_migrated(&self) -> Result<(), StoreError> {
        let mut transaction = self.begin_unscoped(Mode::Read).await?;
        let query = || __diesel_schema_migrations::table.select(__diesel_schema_migrations::version);
        let applied: Vec<String> = match each!(transaction.connection(), |c| query().load(c)) {
            Ok(applied) => applied,
            Err(error) => {
                return Err(match StoreError::from(error) {
                    // The table itself is missing.
                    StoreError::Query(_) => StoreError::NotMigrated,
                    other => other,
                });
            }
        };
        transaction.release();
        let known = if self.is_embedded() { versions::<Sqlite>(&SQLITE) } else { versions::<Pg>(&POSTGRES) };
        let known = known.map_err(StoreError::Migration)?;
        if known.iter().all(|version| applied.contains(version)) {
            Ok(())
        } else {
            Err(StoreError::NotMigrated)
        }
    }
}

fn apply<DB, C>(
    connection: &mut C,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, Box<dyn Error + Send + Sync>>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    Ok(connection.run_pending_migrations(migrations)?.iter().map(ToString::to_string).collect())
}

fn versions<DB>(migrations: &EmbeddedMigrations) -> Result<Vec<String>, Box<dyn Error + Send + Sync>>
where
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let migrations = MigrationSource::<DB>::migrations(migrations)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}
