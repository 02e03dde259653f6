//! Who still uses what ends: remembered per organization, at most once an hour, so that the administrators can be told.
//! Which member or program it was is in the audit log, for every single request.

use crate::{
    clock::Clock,
    ids::OrganizationId,
    store::{Mode, Store, StoreError, prelude::*, schema::deprecated_uses, types::Moment},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

const AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);
/// Beyond it all is forgotten, and written once more: memory is bounded.
const MOST: usize = 10_000;

/// What was written lately.
#[derive(Debug, Default)]
pub struct Uses(Mutex<HashMap<(OrganizationId, &'static str), DateTime<Utc>>>);

impl Uses {
    /// Remembers a use. A failure is only logged: the request was served, and the next one tries again.
    pub(super) async fn note(
        &self,
        store: &Store,
        clock: Clock,
        organization: OrganizationId,
        operation: &'static str,
    ) {
        let now = clock.now();
        if !self.is_due(organization, operation, now) {
            return;
        }
        if let Err(error) = write(store, organization, operation, now).await {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(organization, operation));
            tracing::warn!(error = %error, operation, "The use of an operation that ends was not remembered");
        }
    }

    fn is_due(&self, organization: OrganizationId, operation: &'static str, now: DateTime<Utc>) -> bool {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= MOST {
            written.clear();
        }
        let last = written.insert((organization, operation), now);
        if let Some(last) = last.filter(|&last| last <= now && now - last < AGAIN_AFTER) {
            written.insert((organization, operation), last);
            return false;
        }
        true
    }
}

async fn write(
    store: &Store,
    organization: OrganizationId,
    operation: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut transaction = store.begin_identity(Mode::Write).await?;
    let at = Moment::new(now);
    let new = (
        deprecated_uses::organization_id.eq(organization),
        deprecated_uses::operation.eq(operation),
        deprecated_uses::last_used_at.eq(at),
    );
    each!(transaction.connection(), |c| diesel::insert_into(deprecated_uses::table)
        .values(new)
        .on_conflict((deprecated_uses::organization_id, deprecated_uses::operation))
        .do_update()
        .set(deprecated_uses::last_used_at.eq(at))
        .execute(c))?;
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::{Uses, write};
    use crate::{
        ids::OrganizationId,
        store::{
            Mode,
            prelude::*,
            schema::deprecated_uses,
            testing::{Fixture, on_each_engine},
        },
    };
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn a_use_is_written_once_an_hour() {
        let (uses, organization) = (Uses::default(), OrganizationId::random());
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let due = |minutes| uses.is_due(organization, "showThing", now + TimeDelta::minutes(minutes));
        assert_eq!([0, 1, 59, 60, 61].map(due), [true, false, false, true, false]);
        assert!(uses.is_due(OrganizationId::random(), "showThing", now));
    }

    #[tokio::test]
    async fn the_last_use_stays() {
        on_each_engine(async |fixture: &Fixture| {
            let (organization, _) = fixture.organization().await;
            let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            for hours in [0, 5] {
                write(&fixture.store, organization, "showThing", now + TimeDelta::hours(hours))
                    .await
                    .unwrap();
            }
            let mut transaction = fixture.store.begin_identity(Mode::Read).await.unwrap();
            let seen: Vec<(crate::store::types::Moment, i32)> =
                each!(transaction.connection(), |c| deprecated_uses::table
                    .filter(deprecated_uses::organization_id.eq(organization))
                    .select((deprecated_uses::last_used_at, deprecated_uses::notices))
                    .load(c))
                .unwrap();
            transaction.release();
            assert_eq!(seen, [((now + TimeDelta::hours(5)).into(), 0)]);
        })
        .await;
    }
}
