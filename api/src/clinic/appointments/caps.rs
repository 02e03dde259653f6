//! How much of a clinic's time one may take: what keeps a script from booking a whole day away (OAT-021, catalogue P7).
//!
//! Reception is not counted: it books for everybody, and is the review that others are sent to.

use super::{machine::State, rows::SlotRow};
use crate::{
    access::{Allowed, Permission, Role, Tenant},
    http::problem::{Kind, Problem},
    ids::{MemberId, PatientId},
    protection::FLOW_HOLD_CAP,
    store::{
        prelude::*,
        schema::{appointments, slots},
        types::Moment,
    },
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use brigandine_enforce::enforces;
use chrono::{Days, NaiveTime, TimeDelta};

/// Slots that one patient may hold at a time.
const OPEN_HOLDS: i64 = 3;
/// Holds of one slot in 24 hours that one patient, or one program, may let go without confirming: whoever holds it anew each
/// time keeps it from everybody, and never books it.
const LET_GO_OF_SLOT: i64 = 3;
/// Holds in 24 hours that one patient may let go without confirming.
const LET_GO_A_DAY: i64 = 10;
/// Appointments that one patient may confirm in 24 hours.
const BOOKINGS_A_DAY: i64 = 5;
/// Late cancellations in [`LATE_DAYS`] after which reception has to be asked.
const LATE_CANCELS: i64 = 2;
const LATE_DAYS: i64 = 30;
/// The part of a clinician's day that one patient, or one program, may have: a fifth, and at least one slot.
const SHARE: i64 = 5;
/// Seconds between hold and confirmation that a person needs to read what they confirm.
const READING: i64 = 2;

/// Who books.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Booker {
    pub(super) member: MemberId,
    pub(super) is_counted: bool,
}

impl Booker {
    pub(super) fn of<P: Permission>(allowed: &Allowed<P>) -> Self {
        Self { member: allowed.member(), is_counted: is_counted(allowed.role()) }
    }
}

/// Whose holds are counted: everybody's but reception's, so that no script books a day away (OAT-021).
#[enforces(FLOW_HOLD_CAP, answers = false)]
fn is_counted(role: Role) -> bool {
    role != Role::Reception
}

/// # Errors
/// `hold-limit`, `review-required`.
pub(super) async fn check_hold(
    tenant: &mut Tenant,
    booker: Booker,
    patient: PatientId,
    slot: &SlotRow,
    now: Moment,
) -> Result<(), Problem> {
    if !booker.is_counted {
        return Ok(());
    }
    let (organization, member) = (tenant.organization(), booker.member);
    let of_patient = || {
        appointments::table
            .filter(appointments::organization_id.eq(organization))
            .filter(appointments::patient_id.eq(patient))
    };
    let holds: i64 = each!(tenant.connection(), |connection| of_patient()
        .filter(appointments::status.eq(State::Held.name()))
        .filter(appointments::held_until.gt(now))
        .count()
        .get_result(connection))?;
    if holds >= OPEN_HOLDS {
        return Err(too_many());
    }
    check_churn(tenant, booker, patient, slot, now).await?;
    let since = Moment::from(now.time() - TimeDelta::days(LATE_DAYS));
    let late: i64 = each!(tenant.connection(), |connection| of_patient()
        .filter(appointments::cancelled_late.eq(true))
        .filter(appointments::cancelled_at.gt(since))
        .count()
        .get_result(connection))?;
    if late > LATE_CANCELS {
        return Err(Kind::ReviewRequired.into());
    }
    let day = slot.starts_at.time().date_naive();
    let begins = Moment::from(day.and_time(NaiveTime::MIN).and_utc());
    let ends = Moment::from((day + Days::new(1)).and_time(NaiveTime::MIN).and_utc());
    let of_day = || {
        slots::table
            .filter(slots::organization_id.eq(organization))
            .filter(slots::clinician_member_id.eq(slot.clinician_member_id))
            .filter(slots::starts_at.ge(begins))
            .filter(slots::starts_at.lt(ends))
            .filter(slots::withdrawn_at.is_null())
    };
    let offered: i64 = each!(tenant.connection(), |connection| of_day().count().get_result(connection))?;
    let taken: i64 = each!(tenant.connection(), |connection| of_day()
        .inner_join(appointments::table)
        .filter(appointments::status.eq_any(State::TAKING))
        .filter(appointments::status.ne(State::Held.name()).or(appointments::held_until.gt(now)))
        .filter(appointments::patient_id.eq(patient).or(appointments::booked_by.eq(member)))
        .count()
        .get_result(connection))?;
    if taken >= (offered / SHARE).max(1) {
        return Err(too_many());
    }
    Ok(())
}

/// Refuses to hold once more what was held, and let go, often enough.
async fn check_churn(
    tenant: &mut Tenant,
    booker: Booker,
    patient: PatientId,
    slot: &SlotRow,
    now: Moment,
) -> Result<(), Problem> {
    let (organization, member) = (tenant.organization(), booker.member);
    let since = Moment::from(now.time() - TimeDelta::days(1));
    let let_go = || {
        appointments::table
            .filter(appointments::organization_id.eq(organization))
            .filter(appointments::created_at.gt(since))
            .filter(appointments::confirmed_at.is_null())
    };
    let of_slot: i64 = each!(tenant.connection(), |connection| let_go()
        .filter(appointments::slot_id.eq(slot.id))
        .filter(appointments::patient_id.eq(patient).or(appointments::booked_by.eq(member)))
        .count()
        .get_result(connection))?;
    let of_patient: i64 = each!(tenant.connection(), |connection| let_go()
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::booked_by.eq(member))
        .count()
        .get_result(connection))?;
    if of_slot >= LET_GO_OF_SLOT || of_patient >= LET_GO_A_DAY { Err(too_many()) } else { Ok(()) }
}

/// # Errors
/// `too-fast`, `hold-limit`.
pub(super) async fn check_confirmation(
    tenant: &mut Tenant,
    booker: Booker,
    patient: PatientId,
    held_at: Moment,
    now: Moment,
) -> Result<(), Problem> {
    if !booker.is_counted {
        return Ok(());
    }
    if now.time() - held_at.time() < TimeDelta::seconds(READING) {
        return Err(Problem::new(Kind::TooFast).with_header(RETRY_AFTER, HeaderValue::from(READING)));
    }
    let organization = tenant.organization();
    let since = Moment::from(now.time() - TimeDelta::days(1));
    let booked: i64 = each!(tenant.connection(), |connection| appointments::table
        .filter(appointments::organization_id.eq(organization))
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::confirmed_at.gt(since))
        .count()
        .get_result(connection))?;
    if booked >= BOOKINGS_A_DAY { Err(too_many()) } else { Ok(()) }
}

fn too_many() -> Problem {
    // As long as a hold lasts.
    Problem::new(Kind::HoldLimit).with_header(RETRY_AFTER, HeaderValue::from_static("600"))
}
