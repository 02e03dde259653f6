//! Which messages are due, and whose turn they are.

use crate::{
    ids::{DeliveryId, OrganizationId},
    limits::Shares,
    protection::TENANT_ISOLATION,
    service::Service,
    store::{prelude::*, schema::webhook_deliveries, types::Moment},
};
use brigandine_enforce::enforces;
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

/// A message that this replica is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) id: DeliveryId,
    pub(super) organization: OrganizationId,
}

/// What is on its way, and how much of it may be one organization's: an address that does not answer keeps its place for
/// as long as an attempt may take.
#[derive(Clone, Copy)]
pub(super) struct Room<'a> {
    pub(super) places: &'a Shares<OrganizationId>,
    pub(super) share: usize,
}

impl Room<'_> {
    /// Whoever has their share already.
    fn full(self) -> Vec<OrganizationId> {
        self.places.holders_of(self.share)
    }

    /// How many more messages of this organization may be on their way: one whose addresses do not answer keeps no other
    /// waiting (OWASP API4).
    #[enforces(TENANT_ISOLATION, answers = usize::MAX)]
    fn left(self, organization: OrganizationId) -> usize {
        self.share.saturating_sub(self.places.held(organization))
    }
}

/// Claims messages that have been due for at least `age`.
pub(super) async fn due(
    service: &Service,
    room: Room<'_>,
    age: TimeDelta,
) -> Result<Vec<Claimed>, StoreError> {
    let now = service.clock.now();
    let free = room.places.free().min(MOST);
    if free == 0 || !is_any_due(service, now - age, &room.full()).await? {
        return Ok(Vec::new());
    }
    let mut transaction = service.store.begin_deliveries(Mode::Write).await?;
    let claimed = claim(&mut transaction, room, free, now, age).await?;
    transaction.commit().await?;
    Ok(claimed)
}

/// Looks before it asks for the right to write, which on SQLite is everybody's.
async fn is_any_due(
    service: &Service,
    until: DateTime<Utc>,
    full: &[OrganizationId],
) -> Result<bool, StoreError> {
    let until = Moment::from(until);
    let mut transaction = service.store.begin_deliveries(Mode::Read).await?;
    let found: Option<DeliveryId> = each!(transaction.connection(), |c| webhook_deliveries::table
        .filter(webhook_deliveries::status.eq("due"))
        .filter(webhook_deliveries::due_at.le(until))
        .filter(webhook_deliveries::organization_id.ne_all(full))
        .select(webhook_deliveries::id)
        .first(c))
    .optional()?;
    transaction.release();
    Ok(found.is_some())
}

/// Claims up to so many. Whoever turns out to have their share is left out of the next look, so that nobody waits behind
/// messages that can't be sent now.
pub(super) async fn claim(
    transaction: &mut Transaction,
    room: Room<'_>,
    most: usize,
    now: DateTime<Utc>,
    age: TimeDelta,
) -> Result<Vec<Claimed>, StoreError> {
    let mut full = room.full();
    let mut left = BTreeMap::new();
    let mut claimed = Vec::new();
    loop {
        let (known, before) = (full.len(), claimed.len());
        let mut later = Vec::new();
        let wanted = most.saturating_sub(before);
        for (id, organization) in free(transaction, wanted, now, now - age, &full).await? {
            let (minute, places): &mut (i64, usize) = match left.get_mut(&organization) {
                Some(left) => left,
                None => {
                    let sent = sent_lately(transaction, organization, now).await?;
                    let left_of = (PER_MINUTE.saturating_sub(sent), room.left(organization));
                    left.entry(organization).or_insert(left_of)
                }
            };
            if *minute <= 0 {
                later.push(id);
            } else if *places == 0 {
                full.push(organization);
            } else {
                (*minute, *places) = (minute.saturating_sub(1), places.saturating_sub(1));
                claimed.push(Claimed { id, organization });
            }
        }
        mark(transaction, claimed.get(before..).unwrap_or_default(), &later, now).await?;
        full.sort_unstable();
        full.dedup();
        if full.len() == known || claimed.len() >= most {
            return Ok(claimed);
        }
    }
}

/// Writes down who is claimed, and what has to wait.
async fn mark(
    transaction: &mut Transaction,
    claimed: &[Claimed],
    later: &[DeliveryId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
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
        webhook_deliveries::table.filter(webhook_deliveries::id.eq_any(later))
    )
    .set(webhook_deliveries::due_at.eq(put_off))
    .execute(c))?;
    Ok(())
}

/// The oldest that nobody works at. On PostgreSQL another replica's rows are passed over; on SQLite there is one writer.
async fn free(
    transaction: &mut Transaction,
    most: usize,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    full: &[OrganizationId],
) -> Result<Vec<(DeliveryId, OrganizationId)>, StoreError> {
    let (now, until) = (Moment::from(now), Moment::from(until));
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let due = webhook_deliveries::table
        .filter(webhook_deliveries::status.eq("due"))
        .filter(webhook_deliveries::due_at.le(until))
        .filter(
            webhook_deliveries::claimed_until.is_null().or(webhook_deliveries::claimed_until.lt(Some(now))),
        )
        .filter(webhook_deliveries::organization_id.ne_all(full))
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
