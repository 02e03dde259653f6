use super::claim::{Claimed, claim};
use crate::{
    clock::Clock,
    ids::{DeliveryId, OrganizationId, WebhookId},
    sealing::Sealed,
    store::{
        prelude::*,
        schema::{webhook_deliveries, webhooks},
        testing::{Fixture, on_each_engine, on_postgres},
        types::{JsonText, Moment},
    },
    webhooks::rows::{NewDelivery, WebhookRow},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// An address, and so many messages to it that are due.
async fn address(fixture: &Fixture, due: usize, now: DateTime<Utc>) -> (OrganizationId, WebhookId) {
    let (organization, member) = fixture.organization().await;
    let webhook = WebhookRow {
        id: WebhookId::random(),
        organization_id: organization,
        slot: 0,
        url: "https://hooks.example.org/".into(),
        event_types: JsonText(json!([])),
        secret: Sealed::from_bytes(vec![1]),
        former_secret: None,
        former_until: None,
        status: "active".into(),
        version: 1,
        created_by: member,
        created_at: now.into(),
    };
    let mut transaction = fixture.store.begin(organization, Mode::Write).await.unwrap();
    each!(transaction.connection(), |c| diesel::insert_into(webhooks::table).values(&webhook).execute(c))
        .unwrap();
    for _ in 0..due {
        let new = NewDelivery {
            id: DeliveryId::random(),
            organization_id: organization,
            webhook_id: webhook.id,
            event_type: "something.happened",
            payload: "{}",
            status: "due",
            attempts: 0,
            due_at: (now - TimeDelta::seconds(10)).into(),
            created_at: now.into(),
        };
        each!(transaction.connection(), |c| diesel::insert_into(webhook_deliveries::table)
            .values(&new)
            .execute(c))
        .unwrap();
    }
    transaction.commit().await.unwrap();
    (organization, webhook.id)
}

async fn claims(fixture: &Fixture, most: usize, now: DateTime<Utc>) -> Vec<Claimed> {
    let mut transaction = fixture.store.begin_deliveries(Mode::Write).await.unwrap();
    let claimed = claim(&mut transaction, most, now, TimeDelta::zero()).await.unwrap();
    transaction.commit().await.unwrap();
    claimed
}

#[tokio::test]
async fn a_message_is_claimed_by_one_until_the_claim_lapses() {
    on_each_engine(async |fixture: &Fixture| {
        let now = Clock.now();
        let (one, _) = address(fixture, 2, now).await;
        let (other, _) = address(fixture, 1, now).await;
        let claimed = claims(fixture, 20, now).await;
        assert_eq!(claimed.len(), 3);
        assert_eq!(claimed.iter().filter(|claimed| claimed.organization == one).count(), 2);
        assert_eq!(claimed.iter().filter(|claimed| claimed.organization == other).count(), 1);
        assert!(claims(fixture, 20, now + TimeDelta::seconds(30)).await.is_empty());
        assert_eq!(
            claims(fixture, 20, now + TimeDelta::seconds(61)).await.len(),
            3,
            "whoever had it is gone"
        );
    })
    .await;
}

#[tokio::test]
async fn replicas_pass_over_what_another_one_is_claiming() {
    on_postgres(async |fixture: &Fixture| {
        let now = Clock.now();
        address(fixture, 5, now).await;
        let mut first = fixture.store.begin_deliveries(Mode::Write).await.unwrap();
        let mut second = fixture.administration.begin_deliveries(Mode::Write).await.unwrap();
        let mine = claim(&mut first, 3, now, TimeDelta::zero()).await.unwrap();
        let theirs = claim(&mut second, 20, now, TimeDelta::zero()).await.unwrap();
        assert_eq!((mine.len(), theirs.len()), (3, 2));
        assert!(theirs.iter().all(|one| !mine.contains(one)));
        first.commit().await.unwrap();
        second.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_organization_is_told_six_hundred_things_a_minute_and_others_need_not_wait() {
    on_each_engine(async |fixture: &Fixture| {
        let now = Clock.now();
        let (flooding, _) = address(fixture, 605, now).await;
        let (other, _) = address(fixture, 1, now - TimeDelta::seconds(1)).await;
        let claimed = claims(fixture, 1000, now).await;
        assert_eq!(claimed.iter().filter(|claimed| claimed.organization == flooding).count(), 600);
        assert_eq!(claimed.iter().filter(|claimed| claimed.organization == other).count(), 1);
        let mut transaction = fixture.store.begin_deliveries(Mode::Read).await.unwrap();
        let waiting: i64 = each!(transaction.connection(), |c| webhook_deliveries::table
            .filter(webhook_deliveries::due_at.gt(Moment::from(now)))
            .count()
            .get_result(c))
        .unwrap();
        transaction.release();
        assert_eq!(waiting, 5, "what is more waits");
    })
    .await;
}

/// Whoever delivers sees nothing else, and nobody else's transaction sees another organization's deliveries.
#[tokio::test]
async fn the_deliveries_realm_shows_deliveries_only() {
    on_postgres(async |fixture: &Fixture| {
        let now = Clock.now();
        let (one, _) = address(fixture, 1, now).await;
        address(fixture, 2, now).await;
        let mut transaction = fixture.store.begin_deliveries(Mode::Read).await.unwrap();
        let seen: i64 =
            each!(transaction.connection(), |c| webhook_deliveries::table.count().get_result(c)).unwrap();
        let addresses: i64 =
            each!(transaction.connection(), |c| webhooks::table.count().get_result(c)).unwrap();
        transaction.release();
        assert_eq!((seen, addresses), (3, 0));
        let mut transaction = fixture.store.begin(one, Mode::Read).await.unwrap();
        let seen: i64 =
            each!(transaction.connection(), |c| webhook_deliveries::table.count().get_result(c)).unwrap();
        transaction.release();
        assert_eq!(seen, 1);
    })
    .await;
}
