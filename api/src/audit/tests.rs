//! Events that last, and those that must not.

use super::*;
use crate::{
    ids::{OrganizationId, RequestId},
    store::{
        Connection, Engine, Store, StoreSettings,
        testing::{Directory, Fixture, on_each_engine, on_postgres, on_sqlite},
    },
};
use futures_util::future::join_all;
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

fn event(organization: Option<OrganizationId>) -> Event {
    Event {
        organization,
        event: EventName::SensitiveRead,
        outcome: Outcome::Success,
        reason: None,
        operation: "ReadPatient",
        actor: Actor { subject: Some("ada".into()), ..Actor::default() },
        object_type: Some("patient"),
        objects: vec![Uuid::new_v4()],
        source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestId::random(),
        client_request: None,
    }
}

async fn count(store: &Store, organization: OrganizationId) -> i64 {
    let mut transaction = store.begin(organization, Mode::Read).await.unwrap();
    let query = || audit_events::table.filter(audit_events::organization_id.eq(organization)).count();
    each!(transaction.connection(), |c| query().get_result(c)).unwrap()
}

#[tokio::test]
async fn a_flood_is_written_whole_and_each_tenant_reads_its_own() {
    on_each_engine(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        let (b, _) = fixture.organization().await;
        let writer = AuditWriter::start(fixture.store.clone(), Clock).unwrap();
        let start = Clock.instant();
        let events = (0..900).map(|number| writer.record(event([Some(a), Some(b), None][number % 3])));
        for outcome in join_all(events).await {
            outcome.unwrap();
        }
        println!("{:?}: 900 events in {:?}", fixture.store, start.elapsed());
        assert_eq!((count(&fixture.store, a).await, count(&fixture.store, b).await), (300, 300));
    })
    .await;
}

#[tokio::test]
async fn one_event_after_another() {
    on_each_engine(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        let writer = AuditWriter::start(fixture.store.clone(), Clock).unwrap();
        writer.record(event(Some(a))).await.unwrap();
        let start = Clock.instant();
        for _ in 0..50 {
            writer.record(event(Some(a))).await.unwrap();
        }
        println!("{:?}: {:?} per event", fixture.store, start.elapsed() / 50);
        assert_eq!(count(&fixture.store, a).await, 51);
    })
    .await;
}

#[tokio::test]
async fn neither_nul_nor_an_unknown_organization_keeps_an_event_out() {
    on_each_engine(async |fixture: &Fixture| {
        let writer = AuditWriter::start(fixture.store.clone(), Clock).unwrap();
        let nowhere = OrganizationId::random();
        let mut strange = event(Some(nowhere));
        strange.actor.subject = Some("a\0b\u{1b}[31m\n".into());
        strange.client_request = Some("\0".into());
        let events = [event(Some(nowhere)), strange, event(Some(nowhere))].map(|event| writer.record(event));
        for outcome in join_all(events).await {
            outcome.unwrap();
        }
        assert_eq!(count(&fixture.store, nowhere).await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_changes_event_lasts_with_the_change_only() {
    on_each_engine(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        let mut transaction = fixture.store.begin(a, Mode::Write).await.unwrap();
        write(&mut transaction, &event(Some(a))).await.unwrap();
        drop(transaction);
        assert_eq!(count(&fixture.store, a).await, 0);
        let mut transaction = fixture.store.begin(a, Mode::Write).await.unwrap();
        write(&mut transaction, &event(Some(a))).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(count(&fixture.store, a).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_tenants_transaction_cannot_write_into_another_tenants_log() {
    on_postgres(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        let (b, _) = fixture.organization().await;
        for organization in [Some(b), None] {
            let mut transaction = fixture.store.begin(a, Mode::Write).await.unwrap();
            write(&mut transaction, &event(organization)).await.unwrap_err();
        }
    })
    .await;
}

#[tokio::test]
async fn the_log_cannot_be_altered() {
    on_sqlite(async |fixture: &Fixture| {
        let (a, _) = fixture.organization().await;
        AuditWriter::start(fixture.store.clone(), Clock).unwrap().record(event(Some(a))).await.unwrap();
        for sql in [
            "UPDATE audit_events SET outcome = 'failure'",
            "DELETE FROM audit_events",
            "REPLACE INTO audit_events SELECT * FROM audit_events",
        ] {
            let mut transaction = fixture.store.begin(a, Mode::Write).await.unwrap();
            assert!(matches!(transaction.connection(), Connection::Sqlite(_)));
            let refused = transaction.connection().batch(sql).await.expect_err(sql).to_string();
            assert!(refused.contains("append-only"), "{sql}: {refused}");
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_database_the_request_is_told() {
    let directory = Directory::new();
    for engine in [
        Engine::Postgres("postgres://nobody@127.0.0.1:1/nothing".into()),
        Engine::Sqlite(directory.0.join("no/such/directory.sqlite")),
    ] {
        let settings = StoreSettings { engine, connections_per_worker: 1, root_certificate: None };
        let writer = AuditWriter::start(Store::open(&settings).unwrap(), Clock).unwrap();
        assert!(matches!(writer.record(event(None)).await, Err(AuditError::Store(_))));
    }
}
