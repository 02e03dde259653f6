//! What is paid for each time: how fast a member may spend, how often an organization may in a day, and how much.
//!
//! Reserved in the database before anything is sent, each by one statement that changes a row only where there is room: two at
//! once, on however many replicas, can't both have what is left. What was reserved is not given back: whoever is paid may have
//! got the question and only its answer was lost.

use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
    ids::{MemberId, OrganizationId},
    protection::RATE_COSTLY_SPEND,
    settings::{InsurerSettings, LimitSettings},
    store::{
        prelude::*,
        schema::{spend, spend_rates},
    },
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use brigandine_enforce::enforces;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

/// The share of a day's units at which somebody is told, in percent (catalogue P7).
const TOLD_AT: i64 = 80;
/// Challenges that one member may have sent in an hour, and an organization in a day.
const CHALLENGES_AN_HOUR: i64 = 20;
const CHALLENGES_A_DAY: i64 = 100;
const HOUR_IN_MICROSECONDS: i64 = 3_600_000_000;

/// What one kind of thing costs, and how much of it there may be.
#[derive(Clone, Debug)]
pub struct Budget {
    purpose: &'static str,
    price: i64,
    units_per_day: i64,
    uses_per_day: i64,
    /// Microseconds after which one use of a member is forgiven.
    period: i64,
    burst: i64,
}

/// What came of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// There was room.
    Quietly,
    /// There was room, and with it the organization has spent so much that somebody should know. Said once a day.
    NearTheCap,
}

impl Budget {
    /// For questions to the insurer.
    #[must_use]
    pub fn of_insurer(insurer: &InsurerSettings, limits: &LimitSettings) -> Self {
        Self {
            purpose: "eligibility",
            price: insurer.price.into(),
            units_per_day: insurer.units_per_day.into(),
            uses_per_day: insurer.checks_per_day.into(),
            period: HOUR_IN_MICROSECONDS / i64::from(limits.eligibility_per_hour.get()).max(1),
            burst: limits.eligibility_burst.get().into(),
        }
    }

    /// For challenges to addresses that nobody has shown to be theirs. Whoever made one is gone with its webhook, so it is
    /// counted here: naming and removing an address in turn is no way to knock at a stranger's as often as one likes.
    #[must_use]
    pub const fn of_challenges() -> Self {
        Self {
            purpose: "webhook-challenge",
            price: 1,
            units_per_day: CHALLENGES_A_DAY,
            uses_per_day: CHALLENGES_A_DAY,
            period: HOUR_IN_MICROSECONDS / CHALLENGES_AN_HOUR,
            burst: CHALLENGES_AN_HOUR,
        }
    }

    /// Takes one use for a member, or refuses. It counts when the transaction is committed.
    ///
    /// # Errors
    /// `quota-exceeded`, with how long to wait.
    #[enforces(RATE_COSTLY_SPEND, answers = Ok(Reserved::Quietly))]
    pub async fn reserve(
        &self,
        connection: &mut Connection,
        (organization, member): (OrganizationId, MemberId),
        now: DateTime<Utc>,
    ) -> Result<Reserved, Problem> {
        self.take_turn(connection, (organization, member), now.timestamp_micros()).await?;
        self.take_units(connection, organization, now).await
    }

    /// The member's turn: the generic cell rate algorithm, as in `door`, in a row that all replicas share.
    async fn take_turn(
        &self,
        connection: &mut Connection,
        (organization, member): (OrganizationId, MemberId),
        now: i64,
    ) -> Result<(), Problem> {
        each!(connection, |connection| {
            diesel::insert_into(spend_rates::table)
                .values((
                    spend_rates::organization_id.eq(organization),
                    spend_rates::member_id.eq(member),
                    spend_rates::purpose.eq(self.purpose),
                    spend_rates::due_at.eq(0),
                ))
                .on_conflict_do_nothing()
                .execute(connection)
        })?;
        let mine = || {
            spend_rates::table
                .filter(spend_rates::organization_id.eq(organization))
                .filter(spend_rates::member_id.eq(member))
                .filter(spend_rates::purpose.eq(self.purpose))
        };
        let rested = each!(connection, |connection| {
            diesel::update(mine().filter(spend_rates::due_at.le(now)))
                .set(spend_rates::due_at.eq(now.saturating_add(self.period)))
                .execute(connection)
        })?;
        if rested == 1 {
            return Ok(());
        }
        let latest = now.saturating_add(self.period.saturating_mul(self.burst.saturating_sub(1)));
        let bursting = each!(connection, |connection| {
            diesel::update(mine().filter(spend_rates::due_at.le(latest)))
                .set(spend_rates::due_at.eq(spend_rates::due_at + self.period))
                .execute(connection)
        })?;
        if bursting == 1 {
            return Ok(());
        }
        let due: i64 =
            each!(connection, |connection| { mine().select(spend_rates::due_at).first(connection) })?;
        Err(refused(Reason::SPEND_RATE, due.saturating_sub(latest) / 1_000_000))
    }

    /// The organization's units of the day.
    async fn take_units(
        &self,
        connection: &mut Connection,
        organization: OrganizationId,
        now: DateTime<Utc>,
    ) -> Result<Reserved, Problem> {
        let day = now.date_naive();
        each!(connection, |connection| {
            diesel::insert_into(spend::table)
                .values((
                    spend::organization_id.eq(organization),
                    spend::purpose.eq(self.purpose),
                    spend::day.eq(day),
                    spend::uses.eq(0),
                    spend::units.eq(0),
                ))
                .on_conflict_do_nothing()
                .execute(connection)
        })?;
        let today = || {
            spend::table
                .filter(spend::organization_id.eq(organization))
                .filter(spend::purpose.eq(self.purpose))
                .filter(spend::day.eq(day))
        };
        let spent: Option<i64> = each!(connection, |connection| {
            diesel::update(
                today()
                    .filter(spend::uses.lt(self.uses_per_day))
                    .filter(spend::units.le(self.units_per_day.saturating_sub(self.price))),
            )
            .set((spend::uses.eq(spend::uses + 1), spend::units.eq(spend::units + self.price)))
            .returning(spend::units)
            .get_result(connection)
        })
        .optional()?;
        match spent {
            Some(units) if self.passes_the_mark(units) => Ok(Reserved::NearTheCap),
            Some(_) => Ok(Reserved::Quietly),
            None => Err(refused(Reason::SPEND_DAY, until_tomorrow(day, now))),
        }
    }

    /// Whether this very use brought the day's units to the mark. Rows change one after the other, so exactly one does.
    const fn passes_the_mark(&self, units: i64) -> bool {
        let mark = self.units_per_day.saturating_mul(TOLD_AT);
        let (before, now) = (units.saturating_sub(self.price), units);
        before.saturating_mul(100) < mark && now.saturating_mul(100) >= mark
    }
}

fn until_tomorrow(day: NaiveDate, now: DateTime<Utc>) -> i64 {
    let midnight = (day + Days::new(1)).and_time(NaiveTime::MIN).and_utc();
    (midnight - now).num_seconds()
}

/// The refusal of what was had as often as it may be, with the seconds after which there is room again.
pub fn refused(reason: Reason, seconds: i64) -> Problem {
    let wait = HeaderValue::from(seconds.saturating_add(1).max(1));
    Problem::new(Kind::QuotaExceeded).because(reason).with_header(RETRY_AFTER, wait)
}

#[cfg(test)]
mod tests;
