//! What only PostgreSQL does: the tenants' walls, and the roles'.

use crate::{
    clock::Clock,
    ids::OrganizationId,
    store::{
        Engine, Store, StoreSettings,
        prelude::*,
        schema::members,
        testing::{Directory, Fixture, insert_member, lookup, on_postgres},
    },
};
use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

async fn value(transaction: &mut Transaction, sql: &str) -> String {
    let row: Value = each!(transaction.connection(), |c| sql_query(sql).get_result(c)).unwrap();
    row.value
}

async fn organizations_of_members(transaction: &mut Transaction) -> Vec<OrganizationId> {
    each!(transaction.connection(), |c| members::table.select(members::organization_id).load(c)).unwrap()
}

#[tokio::test]
async fn a_forgotten_filter_finds_only_the_tenants_rows() {
    on_postgres(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        let (b, _) = fixture.organization().await;
        for organization in [a, b, a] {
            let mut transaction = fixture.store.begin(organization, Mode::Read).await.unwrap();
            assert_eq!(organizations_of_members(&mut transaction).await, [organization]);
            transaction.release();
        }
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_tenant_finds_nothing() {
    on_postgres(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        // Never set on this connection, then left behind by a request that ended well, then by one that failed.
        let mut transaction = fixture.store.begin_unscoped(Mode::Read).await.unwrap();
        assert!(organizations_of_members(&mut transaction).await.is_empty());
        transaction.release();
        fixture.store.begin(a, Mode::Write).await.unwrap().commit().await.unwrap();
        let mut transaction = fixture.store.begin_unscoped(Mode::Write).await.unwrap();
        assert!(organizations_of_members(&mut transaction).await.is_empty());
        assert_eq!(value(&mut transaction, "SELECT current_setting('app.tenant', true) AS value").await, "");
        drop(transaction);
        drop(fixture.store.begin(a, Mode::Write).await.unwrap());
        let mut transaction = fixture.store.begin_unscoped(Mode::Read).await.unwrap();
        assert!(organizations_of_members(&mut transaction).await.is_empty());
        let number = value(&mut transaction, "SELECT count(*)::text AS value FROM audit_events").await;
        assert_eq!(number, "0");
    })
    .await;
}

#[tokio::test]
async fn a_row_cannot_be_put_into_another_tenant() {
    on_postgres(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        let (b, _) = fixture.organization().await;
        let mut transaction = fixture.store.begin(a, Mode::Write).await.unwrap();
        let refused = insert_member(&mut transaction, b, "mallory").await.unwrap_err();
        assert!(format!("{refused:?}").contains("row-level security"), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn the_application_can_do_no_more_than_it_must() {
    on_postgres(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        for sql in [
            "CREATE TABLE mine (x int)",
            "CREATE TEMP TABLE mine (x int)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE members DISABLE ROW LEVEL SECURITY",
            "DROP POLICY members_tenant ON members",
            "DROP TABLE members",
            "TRUNCATE audit_events",
            "DELETE FROM audit_events",
            "UPDATE audit_events SET outcome = 'success'",
            "DELETE FROM members",
            "DELETE FROM patients",
            "INSERT INTO organizations VALUES (gen_random_uuid(), 'mine', 'active', now())",
            "UPDATE organizations SET name = 'mine'",
            "UPDATE members SET organization_id = gen_random_uuid()",
            "UPDATE members SET subject = 'mallory'",
            "UPDATE patients SET organization_id = gen_random_uuid()",
            "UPDATE __diesel_schema_migrations SET version = ''",
            "SET row_security = off; SELECT * FROM members",
            "SET ROLE postgres",
            "COPY members TO PROGRAM 'cat'",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT * FROM pg_authid",
        ] {
            let mut transaction = fixture.store.begin(a, Mode::Write).await.unwrap();
            let refused = transaction.connection().batch(sql).await.expect_err(sql).to_string();
            assert!(
                ["permission denied", "must be owner", "must be superuser", "would be affected"]
                    .iter()
                    .any(|words| refused.contains(words)),
                "{sql}: {refused}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn the_owner_is_bound_too_and_cannot_alter_the_log() {
    on_postgres(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        let mut transaction = fixture.administration.begin_unscoped(Mode::Read).await.unwrap();
        assert!(organizations_of_members(&mut transaction).await.is_empty());
        drop(transaction);
        let mut transaction = fixture.administration.begin(a, Mode::Write).await.unwrap();
        transaction.connection().batch("TRUNCATE audit_events").await.unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn refuses_to_serve_as_a_role_that_can_do_more() {
    on_postgres(async |fixture: &Fixture| {
        let refused =
            |store: Store| async move { store.check_least_privilege().await.unwrap_err().to_string() };
        assert!(refused(fixture.administration.clone()).await.contains("owns the table"));
        let engine = Engine::Postgres(fixture.superuser_url.clone().unwrap().into());
        let store = Store::open(&StoreSettings { engine, ..fixture.settings.clone() }).unwrap();
        assert!(refused(store).await.contains("superuser"));
        let one = fixture.administration.migrate(fixture.migration_url.as_ref()).await.unwrap_err();
        assert!(matches!(one, StoreError::UnsafeRole(_)));
    })
    .await;
}

#[tokio::test]
async fn notices_a_wall_that_was_taken_down_and_rebuilds_it() {
    on_postgres(async |fixture: &Fixture| {
        let mut superuser =
            AsyncPgConnection::establish(fixture.superuser_url.as_ref().unwrap()).await.unwrap();
        for sql in [
            "ALTER TABLE patients NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE organizations DISABLE ROW LEVEL SECURITY",
            "GRANT DELETE ON audit_events TO PUBLIC",
            "GRANT CREATE ON SCHEMA public TO PUBLIC",
        ] {
            superuser.batch_execute(sql).await.unwrap();
            fixture.store.check_least_privilege().await.expect_err(sql);
            fixture.store.migrate(fixture.migration_url.as_ref()).await.unwrap();
            fixture.store.check_least_privilege().await.expect(sql);
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_was_cut_is_replaced() {
    on_postgres(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        let mut superuser =
            AsyncPgConnection::establish(fixture.superuser_url.as_ref().unwrap()).await.unwrap();
        for again in 0..3 {
            let (transaction, member) =
                fixture.store.begin_for(a, Mode::Read, lookup("x", "y")).await.unwrap();
            assert!(member.is_none());
            transaction.release();
            fixture.store.ping().await.unwrap();
            let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE application_name = 'brigandine-api' AND datname = current_database()";
            superuser.batch_execute(cut).await.unwrap();
            assert!(again < 3);
        }
        fixture.store.begin(a, Mode::Write).await.unwrap().commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn statements_have_a_limit() {
    on_postgres(async |fixture: &Fixture| {
        let mut transaction = fixture.store.begin_unscoped(Mode::Read).await.unwrap();
        let start = Clock.instant();
        let error = transaction.connection().batch("SELECT pg_sleep(30)").await.unwrap_err();
        assert!(matches!(StoreError::from(error), StoreError::Busy));
        assert!(start.elapsed().as_secs() < 4);
    })
    .await;
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_when_tls_is_asked_for() {
    on_postgres(async |fixture: &Fixture| {
        let directory = Directory::new();
        let file = directory.0.join("ca.pem");
        let authority = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&file, authority.cert.pem()).unwrap();
        let settings = StoreSettings { root_certificate: Some(file), ..fixture.settings.clone() };
        let refused = Store::open(&settings).unwrap().ping().await.unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable(_)));
    })
    .await;
}
