//! How often somebody, and an organization, may ask for a patient's whole data (catalogue P7). The rows themselves are
//! counted, so that every replica counts the same, and whoever counts is alone.

use crate::{
    access::Permission,
    audit::Reason,
    http::{call::Call, problem::Problem},
    ids::MemberId,
    limits::spend,
    protection::RATE_COSTLY_SPEND,
    store::{prelude::*, schema::patient_exports as exports, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;

/// Of one member, in any [`HOUR`]: nothing on top, not even once.
const OF_MEMBER: i64 = 2;
const HOUR: TimeDelta = TimeDelta::hours(1);
/// Of an organization, in any [`DAY`].
const OF_ORGANIZATION: i64 = 10;
const DAY: TimeDelta = TimeDelta::days(1);

/// # Errors
/// `quota-exceeded`, with the time after which there is room again.
pub(super) async fn check<P: Permission>(call: &mut Call<P>, now: Moment) -> Result<(), Problem> {
    call.tenant.counts_alone("exports").await?;
    check_room(call, now).await
}

/// Refuses one more than there is room for, of the member or of the organization: so that nobody carries the patients
/// away one by one (OWASP API6).
#[enforces(RATE_COSTLY_SPEND)]
async fn check_room<P: Permission>(call: &mut Call<P>, now: Moment) -> Result<(), Problem> {
    let member = call.allowed.member();
    for (of, most, window) in [(Some(member), OF_MEMBER, HOUR), (None, OF_ORGANIZATION, DAY)] {
        if let Some(at) = nth_latest(call, of, most, now.time() - window).await? {
            return Err(spend::refused(Reason::EXPORT, (at.time() + window - now.time()).num_seconds()));
        }
    }
    Ok(())
}

/// How many exports the member asked for in the last day.
pub(super) async fn in_a_day<P: Permission>(call: &mut Call<P>, now: Moment) -> Result<i64, Problem> {
    let (organization, member) = (call.tenant.organization(), call.allowed.member());
    let since = Moment::from(now.time() - DAY);
    Ok(each!(call.tenant.connection(), |connection| exports::table
        .filter(exports::organization_id.eq(organization))
        .filter(exports::requested_by.eq(member))
        .filter(exports::requested_at.gt(since))
        .count()
        .get_result(connection))?)
}

/// When the `most`-th latest one was asked for, if that is after `since`: then there is no room for one more.
async fn nth_latest<P: Permission>(
    call: &mut Call<P>,
    of: Option<MemberId>,
    most: i64,
    since: chrono::DateTime<chrono::Utc>,
) -> Result<Option<Moment>, Problem> {
    let (organization, since) = (call.tenant.organization(), Moment::from(since));
    Ok(each!(call.tenant.connection(), |connection| {
        let mut rows = exports::table
            .filter(exports::organization_id.eq(organization))
            .filter(exports::requested_at.gt(since))
            .order(exports::requested_at.desc())
            .offset(most.saturating_sub(1))
            .limit(1)
            .select(exports::requested_at)
            .into_boxed();
        if let Some(member) = of {
            rows = rows.filter(exports::requested_by.eq(member));
        }
        rows.first(connection)
    })
    .optional()?)
}
