//! How often the glass may be broken. An emergency is rare: whoever breaks the glass time and again reads a hospital
//! patient by patient. The rows themselves are counted, so that every replica counts the same, and whoever counts is alone.

use crate::{
    access::{permission::BreakGlass, step_up_now},
    audit::Reason,
    http::{call::Call, problem::Problem},
    ids::MemberId,
    limits::spend,
    protection::AUTHZ_OBJECT_ABAC,
    store::{prelude::*, schema::break_glass_accesses as accesses, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::{DateTime, TimeDelta};

/// Of one clinician in any [`DAY`], on the strength of whatever sign-in is fresh. Each one beyond needs a sign-in of its
/// own: who found a browser open, or has a stolen token, gets no further.
const BY_ONE_SIGN_IN: i64 = 3;
/// Of one clinician in any [`DAY`].
const OF_MEMBER: i64 = 10;
/// Of an organization in any [`DAY`].
const OF_ORGANIZATION: i64 = 30;
const DAY: TimeDelta = TimeDelta::days(1);

/// Whether there is room for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// As in any clinic.
    Usual,
    /// There is, and the clinician has done it more often than is usual: it is told as such.
    Often,
}

/// When the caller signed in, as their token says.
pub(super) fn signed_in_at(call: &Call<BreakGlass>) -> Option<Moment> {
    let seconds = call.caller().authenticated_at()?;
    DateTime::from_timestamp(seconds, 0).map(Moment::from)
}

/// # Errors
/// `quota-exceeded`, with the time after which there is room again; `insufficient-user-authentication` for a sign-in by
/// which, or after which, the glass was broken already.
pub(super) async fn check(call: &mut Call<BreakGlass>, now: Moment) -> Result<Room, Problem> {
    call.tenant.counts_alone("broken glass").await?;
    room(call, now).await
}

/// How much room there is: an emergency every few minutes is none, but somebody who reads patient after patient.
#[enforces(AUTHZ_OBJECT_ABAC, answers = Ok(Room::Usual))]
async fn room(call: &mut Call<BreakGlass>, now: Moment) -> Result<Room, Problem> {
    let member = call.allowed.member();
    let mine = latest(call, Some(member), OF_MEMBER, now).await?;
    let all = latest(call, None, OF_ORGANIZATION, now).await?;
    leave_room(&mine, OF_MEMBER, now)?;
    leave_room(&all, OF_ORGANIZATION, now)?;
    if count(&mine) < BY_ONE_SIGN_IN {
        return Ok(Room::Usual);
    }
    let used = mine.iter().filter_map(|(_, signed_in)| *signed_in).max();
    if signed_in_at(call) > used { Ok(Room::Often) } else { Err(step_up_now(Reason::STEP_UP_EACH)) }
}

type Opened = (Moment, Option<Moment>);

fn count(opened: &[Opened]) -> i64 {
    i64::try_from(opened.len()).unwrap_or(i64::MAX)
}

fn leave_room(latest: &[Opened], most: i64, now: Moment) -> Result<(), Problem> {
    match latest.last() {
        Some((oldest, _)) if count(latest) >= most => {
            let again = oldest.time() + DAY - now.time();
            Err(spend::refused(Reason::BREAK_GLASS, again.num_seconds()))
        }
        _ => Ok(()),
    }
}

/// When the glass was broken in the last day, and by which sign-ins; the latest first, at most so many.
async fn latest(
    call: &mut Call<BreakGlass>,
    of: Option<MemberId>,
    most: i64,
    now: Moment,
) -> Result<Vec<Opened>, Problem> {
    let (organization, since) = (call.tenant.organization(), Moment::from(now.time() - DAY));
    Ok(each!(call.tenant.connection(), |connection| {
        let mut rows = accesses::table
            .filter(accesses::organization_id.eq(organization))
            .filter(accesses::opened_at.gt(since))
            .order(accesses::opened_at.desc())
            .limit(most)
            .select((accesses::opened_at, accesses::signed_in_at))
            .into_boxed();
        if let Some(member) = of {
            rows = rows.filter(accesses::member_id.eq(member));
        }
        rows.load(connection)
    })?)
}
