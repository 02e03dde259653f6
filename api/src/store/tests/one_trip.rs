//! Single reads on a connection that all share.

use crate::{
    clock::Clock,
    ids::{MemberId, OrganizationId},
    store::{
        Found, Lookup, Store,
        pool::Pool,
        prelude::*,
        schema::{members, revocations},
        testing::{Fixture, ISSUER, lookup, on_postgres, on_sqlite},
        types::Moment,
    },
};
use diesel::{
    dsl::sql,
    sql_types::{Integer, Text},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::{
    FutureExt,
    future::{join, join_all},
};
use std::{sync::Arc, time::Duration};

type Row = (MemberId, OrganizationId);

/// With no filter but the id: what keeps tenants apart here is row-level security alone.
fn by_id(id: MemberId) -> Question<Row> {
    question!(members::table.filter(members::id.eq(id)).select((members::id, members::organization_id)))
}

async fn read(store: &Store, organization: OrganizationId, id: MemberId) -> Found<Row> {
    store.read_one(organization, lookup(ISSUER, "ada"), || by_id(id)).await.unwrap().unwrap()
}

async fn shared(store: &Store) -> Arc<AsyncPgConnection> {
    Pool::of_this_worker(&store.0).shared.connection(&store.0).await.unwrap()
}

/// What somebody finds who forgets to say whose rows they want.
async fn left_behind(store: &Store) -> (String, Vec<MemberId>) {
    let mut connection = &*shared(store).await;
    let setting = diesel::select(sql::<Text>("coalesce(current_setting('app.tenant', true), '')"));
    let tenant = setting.get_result(&mut connection).await.unwrap();
    (tenant, members::table.select(members::id).load(&mut connection).await.unwrap())
}

#[tokio::test]
async fn whatever_else_is_on_its_way_each_sees_its_own_tenant() {
    on_postgres(async |fixture: &Fixture| {
        let (a, in_a) = fixture.organization().await;
        let (b, in_b) = fixture.organization().await;
        for _ in 0..5 {
            let reads = (0..20).flat_map(|_| [(a, in_a), (b, in_b), (a, in_b), (b, in_a)]);
            let reads = reads.map(async |(organization, id)| {
                let (member, row) = read(&fixture.store, organization, id).await;
                let own = if organization == a { in_a } else { in_b };
                let member = member.map(|member| (member.member_id, member.organization_id));
                assert_eq!(member, Some((own, organization)));
                assert_eq!(row, (id == own).then_some((id, organization)));
            });
            join_all(reads).await;
        }
        assert_eq!(left_behind(&fixture.store).await, (String::new(), vec![]));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_found_where_nobody_is() {
    on_postgres(async |fixture: &Fixture| {
        let (a, in_a) = fixture.organization().await;
        for (organization, subject) in [(a, "eve"), (OrganizationId::random(), "ada")] {
            let read = fixture.store.read_one(organization, lookup(ISSUER, subject), || by_id(in_a)).await;
            let (member, row) = read.unwrap().unwrap();
            assert!(member.is_none() && row.is_none());
        }
        let (member, row) = read(&fixture.store, a, MemberId::random()).await;
        assert!(member.is_some() && row.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_revocation_is_seen_however_the_statement_is_planned() {
    on_postgres(async |fixture: &Fixture| {
        let (a, in_a) = fixture.organization().await;
        let key = [7; 32];
        let mut transaction = fixture.store.begin_identity(Mode::Write).await.unwrap();
        let values =
            (revocations::key.eq(key.as_slice()), revocations::expires_at.eq(Moment::new(Clock.now())));
        each!(transaction.connection(), |c| diesel::insert_into(revocations::table)
            .values(values)
            .execute(c))
        .unwrap();
        transaction.commit().await.unwrap();
        for plan in ["force_custom_plan", "force_generic_plan"] {
            let mut connection = &*shared(&fixture.store).await;
            connection.batch_execute(&format!("SET plan_cache_mode = {plan}")).await.unwrap();
            for keys in [[key, [0; 32], [0; 32]], [[0; 32], [0; 32], key]] {
                let caller = Lookup { issuer: ISSUER, subject: "ada", revocation_keys: &keys };
                let read = fixture.store.read_one(a, caller, || by_id(in_a)).await.unwrap().unwrap();
                assert!(read.0.unwrap().revoked, "{plan}");
            }
            assert!(!read(&fixture.store, a, in_a).await.0.unwrap().revoked);
        }
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_fails_leaves_its_neighbours_alone() {
    on_postgres(async |fixture: &Fixture| {
        let (a, in_a) = fixture.organization().await;
        let failing = || question!(diesel::select(sql::<Integer>("1 / (SELECT 0)")));
        let pairs = (0..20).map(async |_| {
            let fails = fixture.store.read_one::<i32>(a, lookup(ISSUER, "ada"), failing);
            let (failed, (member, row)) = join(fails, read(&fixture.store, a, in_a)).await;
            assert!(matches!(failed, Err(StoreError::Query(_))));
            assert!(member.is_some());
            assert_eq!(row, Some((in_a, a)));
        });
        join_all(pairs).await;
        assert_eq!(left_behind(&fixture.store).await, (String::new(), vec![]));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_goes_to_nobody_else() {
    on_postgres(async |fixture: &Fixture| {
        let (a, in_a) = fixture.organization().await;
        let (b, in_b) = fixture.organization().await;
        for round in 0..3 {
            if round > 0 {
                for _ in 0..20 {
                    assert!(read(&fixture.store, a, in_a).now_or_never().is_none());
                }
            }
            // While the statement is prepared, too.
            let _: Result<_, _> =
                tokio::time::timeout(Duration::from_micros(300), read(&fixture.store, a, in_a)).await;
            let (member, row) = read(&fixture.store, b, in_b).await;
            assert_eq!(member.map(|member| member.member_id), Some(in_b));
            assert_eq!(row, Some((in_b, b)));
        }
    })
    .await;
}

#[tokio::test]
async fn a_shared_connection_that_was_cut_is_replaced() {
    on_postgres(async |fixture: &Fixture| {
        let (a, in_a) = fixture.organization().await;
        let mut superuser =
            AsyncPgConnection::establish(fixture.superuser_url.as_ref().unwrap()).await.unwrap();
        for _ in 0..3 {
            let (one, other) = join(read(&fixture.store, a, in_a), read(&fixture.store, a, in_a)).await;
            assert!(one.1.is_some() && other.1.is_some());
            let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE application_name = 'brigandine-api' AND datname = current_database()";
            superuser.batch_execute(cut).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_written_there() {
    on_postgres(async |fixture: &Fixture| {
        let mut connection = &*shared(&fixture.store).await;
        let refused = connection.batch_execute("UPDATE members SET display_name = 'x'").await.unwrap_err();
        assert!(refused.to_string().contains("read-only transaction"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn where_it_cannot_be_it_says_so() {
    on_postgres(async |fixture: &Fixture| {
        let (a, in_a) = fixture.organization().await;
        let pool = Pool::of_this_worker(&fixture.store.0);
        let places: Vec<_> = std::iter::from_fn(|| pool.shared.place()).collect();
        let crowded = fixture.store.read_one(a, lookup(ISSUER, "ada"), || by_id(in_a)).await.unwrap();
        assert!(crowded.is_none());
        drop(places);
        assert!(read(&fixture.store, a, in_a).await.1.is_some());
    })
    .await;
    on_sqlite(async |fixture: &Fixture| {
        let (a, in_a) = fixture.organization().await;
        let embedded = fixture.store.read_one(a, lookup(ISSUER, "ada"), || by_id(in_a)).await.unwrap();
        assert!(embedded.is_none());
    })
    .await;
}
