use super::claim::{Claimed, Room, claim};
use crate::{
    clock::Clock,
    ids::{DeliveryId, OrganizationId, WebhookId},
    limits::Shares,
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
    claims_within(fixture, &wide(), 1000, most, now).await
}

/// Places for everybody.
fn wide() -> Shares<OrganizationId> {
    Shares::of(1000, Some)
}

async fn claims_within(
    fixture: &Fixture,
    places: &Shares<OrganizationId>,
    share: usize,
    most: usize,
    now: DateTime<Utc>,
) -> Vec<Claimed> {
    let mut transaction = fixture.store.begin_deliveries(Mode::Write).await.unwrap();
    let room = Room { places, share };
    let claimed = claim(&mut transaction, room, most, now, TimeDelta::zero()).await.unwrap();
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
        let places = wide();
        let room = Room { places: &places, share: 1000 };
        let mine = claim(&mut first, room, 3, now, TimeDelta::zero()).await.unwrap();
        let theirs = claim(&mut second, room, 20, now, TimeDelta::zero()).await.unwrap();
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

/// Addresses that do not answer keep their places; what is due to them waits, and nobody waits behind it.
#[tokio::test]
async fn an_organization_is_told_no_more_at_once_than_its_share() {
    on_each_engine(async |fixture: &Fixture| {
        let now = Clock.now();
        let (hanging, _) = address(fixture, 50, now).await;
        let (other, _) = address(fixture, 3, now + TimeDelta::seconds(5)).await;
        let places = wide();
        let claimed = claims_within(fixture, &places, 8, 20, now).await;
        let of = |claimed: &[Claimed], whose| claimed.iter().filter(|one| one.organization == whose).count();
        assert_eq!((of(&claimed, hanging), of(&claimed, other)), (8, 3));
        let held: Vec<_> = (0..8).map(|_| places.try_take(hanging, 8).unwrap()).collect();
        let (third, _) = address(fixture, 1, now + TimeDelta::seconds(5)).await;
        let claimed = claims_within(fixture, &places, 8, 20, now).await;
        assert_eq!((of(&claimed, hanging), of(&claimed, third), claimed.len()), (0, 1, 1));
        drop(held);
        assert_eq!(of(&claims_within(fixture, &places, 8, 20, now).await, hanging), 8);
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
