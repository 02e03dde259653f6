use super::{OneUse, replays};
use crate::{
    clock::Clock,
    store::{
        growth,
        prelude::*,
        testing::{Fixture, on_each_engine, on_postgres},
        types::Moment,
    },
};
use chrono::TimeDelta;

async fn begin(fixture: &Fixture) -> Transaction {
    let mut transaction = fixture.store.begin_unscoped(Mode::Write).await.unwrap();
    if let Connection::Postgres(_) = transaction.connection() {
        transaction.connection().batch("SET LOCAL app.realm = 'identity'").await.unwrap();
    }
    transaction
}

async fn spend(fixture: &Fixture, one_use: OneUse) -> bool {
    let mut transaction = begin(fixture).await;
    let first = one_use.spend(&mut transaction, Clock).await.unwrap();
    transaction.commit().await.unwrap();
    first
}

fn of(name: &str) -> OneUse {
    OneUse::new("dpop", "key", name, Clock.unix_seconds() + 120)
}

#[tokio::test]
async fn the_second_use_is_known() {
    on_each_engine(async |fixture| {
        assert!(spend(fixture, of("a")).await);
        assert!(!spend(fixture, of("a")).await);
        assert!(spend(fixture, of("b")).await);
        assert!(spend(fixture, OneUse::new("assertion", "key", "a", Clock.unix_seconds() + 120)).await);
        assert!(spend(fixture, OneUse::new("dpop", "other", "a", Clock.unix_seconds() + 120)).await);
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_is_cleared_away_and_what_lives_stays() {
    on_each_engine(async |fixture| {
        let mut transaction = begin(fixture).await;
        let now = Clock.now();
        for (name, seconds) in [("old", -1), ("young", 60)] {
            let values = (
                replays::key.eq(OneUse::new("t", "", name, 0).key.to_vec()),
                replays::expires_at.eq(Moment::from(now + TimeDelta::seconds(seconds))),
            );
            let insert = || diesel::insert_into(replays::table).values(values);
            each!(transaction.connection(), |c| insert().execute(c)).unwrap();
        }
        transaction.commit().await.unwrap();
        growth::sweep(&fixture.store, now).await;
        let mut transaction = begin(fixture).await;
        let left: Vec<Vec<u8>> =
            each!(transaction.connection(), |c| replays::table.select(replays::key).load(c)).unwrap();
        assert_eq!(left, [OneUse::new("t", "", "young", 0).key.to_vec()]);
    })
    .await;
}

#[tokio::test]
async fn a_tenants_transaction_sees_none_of_them() {
    on_postgres(async |fixture| {
        assert!(spend(fixture, of("a")).await);
        let (organization, _) = fixture.organization().await;
        let mut transaction = fixture.store.begin(organization, Mode::Write).await.unwrap();
        let seen: i64 = each!(transaction.connection(), |c| replays::table.count().get_result(c)).unwrap();
        assert_eq!(seen, 0);
        assert!(of("b").spend(&mut transaction, Clock).await.is_err());
    })
    .await;
}
