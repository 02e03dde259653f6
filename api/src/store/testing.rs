//! Databases for tests: an SQLite file in a directory of its own, and a PostgreSQL database with roles of its own.

use super::{
    Engine, Lookup, Store, StoreSettings, Transaction, prelude::*, schema::members, schema::organizations,
};
use crate::{
    clock::Clock,
    ids::{MemberId, OrganizationId},
    store::types::Moment,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use secrecy::SecretString;
use std::{
    fs,
    panic::{AssertUnwindSafe, resume_unwind},
    path::PathBuf,
};
use uuid::Uuid;

pub(crate) const ISSUER: &str = "https://issuer.test";

/// A migrated database.
pub(crate) struct Fixture {
    pub(crate) settings: StoreSettings,
    pub(crate) migration_url: Option<SecretString>,
    /// As the application.
    pub(crate) store: Store,
    /// As the administrator's commands.
    pub(crate) administration: Store,
    /// PostgreSQL as superuser.
    pub(crate) superuser_url: Option<String>,
}

impl Fixture {
    async fn new(engine: Engine, migration_url: Option<SecretString>, superuser_url: Option<String>) -> Self {
        let settings = StoreSettings { engine, connections_per_worker: 1, root_certificate: None };
        let store = Store::open(&settings).unwrap();
        store.migrate(migration_url.as_ref()).await.unwrap();
        let administration = Store::open_for_administration(&settings, migration_url.as_ref()).unwrap();
        Self { settings, migration_url, store, administration, superuser_url }
    }

    /// A new organization with one administrator, whose subject is `ada`.
    pub(crate) async fn organization(&self) -> (OrganizationId, MemberId) {
        let organization = OrganizationId::random();
        let mut transaction = self.administration.begin_unscoped(Mode::Write).await.unwrap();
        transaction.enter(organization).await.unwrap();
        insert_organization(&mut transaction, organization).await.unwrap();
        let member = insert_member(&mut transaction, organization, "ada").await.unwrap();
        transaction.commit().await.unwrap();
        (organization, member)
    }
}

pub(crate) async fn insert_organization(
    transaction: &mut Transaction,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let values = (
        organizations::id.eq(organization),
        organizations::name.eq("Clinic"),
        organizations::status.eq("active"),
        organizations::created_at.eq(Moment::new(Clock.now())),
    );
    each!(transaction.connection(), |c| diesel::insert_into(organizations::table).values(values).execute(c))?;
    Ok(())
}

pub(crate) async fn insert_member(
    transaction: &mut Transaction,
    organization: OrganizationId,
    subject: &str,
) -> Result<MemberId, StoreError> {
    let values = (
        members::id.eq(MemberId::random()),
        members::organization_id.eq(organization),
        members::issuer.eq(ISSUER),
        members::subject.eq(subject),
        members::display_name.eq("Ada"),
        members::role.eq("admin"),
        members::status.eq("active"),
        members::version.eq(1),
        members::created_at.eq(Moment::new(Clock.now())),
    );
    let id = each!(transaction.connection(), |c| diesel::insert_into(members::table)
        .values(values)
        .returning(members::id)
        .get_result(c))?;
    Ok(id)
}

/// A lookup of somebody whose token was not revoked.
pub(crate) fn lookup<'a>(issuer: &'a str, subject: &'a str) -> Lookup<'a> {
    Lookup { issuer, subject, revocation_keys: &[[0; 32]; 3] }
}

/// Asks on a connection of the test's own.
#[allow(dead_code, reason = "for the tests of a domain, and the example domain can be thrown away")]
pub(crate) async fn ask<R>(
    connection: &AsyncPgConnection,
    organization: OrganizationId,
    question: Question<R>,
) {
    question.ask(connection, organization, lookup(ISSUER, "ada")).await.unwrap();
}

/// Runs the test on both engines.
pub(crate) async fn on_each_engine(test: impl AsyncFn(&Fixture)) {
    on_sqlite(&test).await;
    on_postgres(&test).await;
}

pub(crate) async fn on_sqlite(test: impl AsyncFn(&Fixture)) {
    let directory = Directory::new();
    let fixture = Fixture::new(Engine::Sqlite(directory.0.join("test.sqlite")), None, None).await;
    test(&fixture).await;
}

/// Runs the test in a database of its own, if there is a PostgreSQL. In CI there must be one.
pub(crate) async fn on_postgres(test: impl AsyncFn(&Fixture)) {
    const SERVER: &str = "127.0.0.1:5432";
    let Ok(mut superuser) =
        AsyncPgConnection::establish(&format!("postgres://postgres@{SERVER}/postgres")).await
    else {
        assert!(std::env::var_os("CI").is_none(), "CI needs a PostgreSQL at {SERVER}");
        println!("SKIPPED: no PostgreSQL at {SERVER}");
        return;
    };
    let name = format!("brigandine_{}", Uuid::new_v4().simple());
    for sql in [
        format!("CREATE ROLE {name}_owner LOGIN"),
        format!("CREATE ROLE {name}_app LOGIN"),
        format!("CREATE DATABASE {name} OWNER {name}_owner"),
    ] {
        superuser.batch_execute(&sql).await.unwrap();
    }
    let outcome = AssertUnwindSafe(async {
        let url = |role: &str| format!("postgres://{role}@{SERVER}/{name}");
        let engine = Engine::Postgres(url(&format!("{name}_app")).into());
        let owner = url(&format!("{name}_owner"));
        let fixture = Fixture::new(engine, Some(owner.into()), Some(url("postgres"))).await;
        test(&fixture).await;
    })
    .catch_unwind()
    .await;
    for sql in [
        format!("DROP DATABASE {name} WITH (FORCE)"),
        format!("DROP ROLE {name}_app"),
        format!("DROP ROLE {name}_owner"),
    ] {
        superuser.batch_execute(&sql).await.unwrap();
    }
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

/// A directory that goes away with the test.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("brigandine-store-{}", Uuid::new_v4()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _: std::io::Result<()> = fs::remove_dir_all(&self.0);
    }
}
