//! Which messages are due, and whose turn they are.

use crate::{
    ids::{DeliveryId, OrganizationId},
    service::Service,
    store::{prelude::*, schema::webhook_deliveries, types::Moment},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Messages that are claimed at once.
pub(super) const MOST: usize = 20;
/// Longer than an attempt can take.
const CLAIM: TimeDelta = TimeDelta::seconds(60);
/// Messages to an organization's addresses in a minute (catalogue P7). What is more waits.
const PER_MINUTE: i64 = 600;
/// How long it waits.
const LATER: TimeDelta = TimeDelta::seconds(5);
/// How long a message can be read and told again.
const KEPT: TimeDelta = TimeDelta::days(30);

/// A message that this replica is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) id: DeliveryId,
    pub(super) organization: OrganizationId,
}

/// Claims messages that have been due for at least `age`.
pub(super) async fn due(service: &Service, room: usize, age: TimeDelta) -> Result<Vec<Claimed>, StoreError> {
    let now = service.clock.now();
    if room == 0 || !is_any_due(service, now - age).await? {
        return Ok(Vec::new());
    }
    let mut transaction = service.store.begin_deliveries(Mode::Write).await?;
    let claimed = claim(&mut transaction, room.min(MOST), now, age).await?;
    transaction.commit().await?;
    Ok(claimed)
}

/// Looks before it asks for the right to write, which on SQLite is everybody's.
async fn is_any_due(service: &Service, until: DateTime<Utc>) -> Result<bool, StoreError> {
    let until = Moment::from(until);
    let mut transaction = service.store.begin_deliveries(Mode::Read).await?;
    let found: Option<DeliveryId> = each!(transaction.connection(), |c| webhook_deliveries::table
        .filter(webhook_deliveries::status.eq("due"))
        .filter(webhook_deliveries::due_at.le(until))
        .select(webhook_deliveries::id)
        .first(c))
    .optional()?;
    transaction.release();
    Ok(found.is_some())
}

pub(super) async fn claim(
    transaction: &mut Transaction,
    most: usize,
    now: DateTime<Utc>,
    age: TimeDelta,
) -> Result<Vec<Claimed>, StoreError> {
    let found = free(transaction, most, now, now - age).await?;
    let mut left = BTreeMap::new();
    let (mut claimed, mut later) = (Vec::new(), Vec::new());
    for (id, organization) in found {
        let left = match left.get_mut(&organization) {
            Some(left) => left,
            None => {
                let sent = sent_lately(transaction, organization, now).await?;
                left.entry(organization).or_insert(PER_MINUTE.saturating_sub(sent))
            }
        };
        if *left > 0 {
            *left = left.saturating_sub(1);
            claimed.push(Claimed { id, organization });
        } else {
            later.push(id);
        }
    }
    let ids: Vec<DeliveryId> = claimed.iter().map(|one| one.id).collect();
    let (until, began) = (Some(Moment::from(now + CLAIM)), Some(Moment::from(now)));
    each!(transaction.connection(), |c| diesel::update(
        webhook_deliveries::table.filter(webhook_deliveries::id.eq_any(&ids))
    )
    .set((webhook_deliveries::claimed_until.eq(until), webhook_deliveries::attempted_at.eq(began)))
    .execute(c))?;
    // Behind everybody else's: one organization's flood keeps no other waiting.
    let put_off = Moment::from(now + LATER);
    each!(transaction.connection(), |c| diesel::update(
        webhook_deliveries::table.filter(webhook_deliveries::id.eq_any(&later))
    )
    .set(webhook_deliveries::due_at.eq(put_off))
    .execute(c))?;
    Ok(claimed)
}

/// The oldest that nobody works at. On PostgreSQL another replica's rows are passed over; on SQLite there is one writer.
async fn free(
    transaction: &mut Transaction,
    most: usize,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(DeliveryId, OrganizationId)>, StoreError> {
    let (now, until) = (Moment::from(now), Moment::from(until));
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let due = webhook_deliveries::table
        .filter(webhook_deliveries::status.eq("due"))
        .filter(webhook_deliveries::due_at.le(until))
        .filter(
            webhook_deliveries::claimed_until.is_null().or(webhook_deliveries::claimed_until.lt(Some(now))),
        )
        .order(webhook_deliveries::due_at.asc())
        .limit(most)
        .select((webhook_deliveries::id, webhook_deliveries::organization_id));
    Ok(match transaction.connection() {
        Connection::Postgres(connection) => due.for_update().skip_locked().load(&mut **connection).await?,
        Connection::Sqlite(connection) => due.load(&mut **connection).await?,
    })
}

async fn sent_lately(
    transaction: &mut Transaction,
    organization: OrganizationId,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let since = Some(Moment::from(now - TimeDelta::minutes(1)));
    Ok(each!(transaction.connection(), |c| webhook_deliveries::table
        .filter(webhook_deliveries::organization_id.eq(organization))
        .filter(webhook_deliveries::attempted_at.gt(since))
        .count()
        .get_result(c))?)
}

/// Forgets what was told long ago.
///
/// # Errors
/// When the database is gone.
pub(crate) async fn forget_old(service: &Service) -> Result<(), StoreError> {
    let before = Moment::from(service.clock.now() - KEPT);
    let mut transaction = service.store.begin_deliveries(Mode::Write).await?;
    each!(transaction.connection(), |c| diesel::delete(
        webhook_deliveries::table
            .filter(webhook_deliveries::status.ne("due"))
            .filter(webhook_deliveries::created_at.lt(before))
    )
    .execute(c))?;
    transaction.commit().await
}
