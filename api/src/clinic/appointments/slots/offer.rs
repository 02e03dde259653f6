//! Offering time.

use super::super::{lock, rows::SlotRow, views::Slot};
use crate::{
    access::{Allowed, Reach, Role, permission::OfferSlots},
    clinic::patients::check_reference,
    http::{
        answer::Created,
        call::Call,
        input::Body,
        problem::{Kind, Problem},
        time::PointInTime,
    },
    ids::{MemberId, SlotId},
    protection::{AUTHZ_OBJECT_REFERENCE, FLOW_CONCURRENCY, INPUT_SCHEMA},
    store::{prelude::*, schema::slots, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// A slot's least and greatest length, in minutes.
const SHORTEST: i64 = 5;
const LONGEST: i64 = 240;
/// How far ahead time is offered, in days.
const AHEAD: i64 = 366;

/// Time to offer.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfferSlot {
    /// Whose time; for clinicians, their own.
    #[schema(value_type = uuid::Uuid)]
    pub(super) clinician_member_id: MemberId,
    #[schema(value_type = String, format = DateTime)]
    starts_at: PointInTime,
    #[schema(value_type = String, format = DateTime)]
    ends_at: PointInTime,
}

pub(super) async fn offer(
    call: &mut Call<OfferSlots>,
    Body(body): Body<OfferSlot>,
) -> Result<Created<Slot>, Problem> {
    let row = write(call, &body, "").await?;
    Ok(Created { location: format!("/v1/slots/{}", row.id), view: row.into() })
}

/// Offers it, if it may be offered. `above` is where it stands in the body.
///
/// # Errors
/// `validation-failed`, `unknown-reference`; `conflict` when it overlaps another one.
pub(super) async fn write(
    call: &mut Call<OfferSlots>,
    slot: &OfferSlot,
    above: &str,
) -> Result<SlotRow, Problem> {
    let (clinician, member) = (slot.clinician_member_id, call.allowed.member());
    let of_clinician = format!("{above}/clinician_member_id");
    check_time(slot, call.clock.now(), above)?;
    check_own_time(&call.allowed, clinician, &of_clinician)?;
    check_reference(&mut call.tenant, Some(clinician), Role::Clinician, &of_clinician).await?;
    lock::clinician(&mut call.tenant, clinician).await?;
    let organization = call.tenant.organization();
    let (starts_at, ends_at) = (slot.starts_at.moment(), slot.ends_at.moment());
    let overlapping: i64 = each!(call.tenant.connection(), |connection| slots::table
        .filter(slots::organization_id.eq(organization))
        .filter(slots::clinician_member_id.eq(clinician))
        .filter(slots::withdrawn_at.is_null())
        .filter(slots::starts_at.lt(ends_at))
        .filter(slots::ends_at.gt(starts_at))
        .count()
        .get_result(connection))?;
    check_free(overlapping)?;
    let row = SlotRow {
        id: SlotId::random(),
        organization_id: organization,
        clinician_member_id: clinician,
        starts_at,
        ends_at,
        created_by: member,
        created_at: Moment::from(call.clock.now()),
        withdrawn_at: None,
    };
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(slots::table).values(&row).execute(connection)
    })?;
    call.audit.object(*row.id.as_uuid());
    Ok(row)
}

/// Who offers only their own time offers nobody else's, whatever id the body names (OWASP API1).
#[enforces(AUTHZ_OBJECT_REFERENCE)]
fn check_own_time(allowed: &Allowed<OfferSlots>, clinician: MemberId, pointer: &str) -> Result<(), Problem> {
    if allowed.reach() == Reach::Own && clinician != allowed.member() {
        return Err(Problem::new(Kind::UnknownReference).at(pointer, "reference"));
    }
    Ok(())
}

/// Nobody is in two places: of two offers at once for the same time, one is refused.
#[enforces(FLOW_CONCURRENCY)]
fn check_free(overlapping: i64) -> Result<(), Problem> {
    if overlapping > 0 { Err(Kind::Conflict.into()) } else { Ok(()) }
}

/// Later than now, within a year, and as long as an appointment is: what can't be is refused, though its form is right
/// (ASVS 2.2.1).
#[enforces(INPUT_SCHEMA)]
fn check_time(slot: &OfferSlot, now: DateTime<Utc>, above: &str) -> Result<(), Problem> {
    let (starts_at, ends_at) = (slot.starts_at.moment().time(), slot.ends_at.moment().time());
    let length = ends_at - starts_at;
    let broken = |member| Err(Problem::new(Kind::ValidationFailed).at(format!("{above}/{member}"), "range"));
    if starts_at <= now || starts_at > now + TimeDelta::days(AHEAD) {
        return broken("starts_at");
    }
    if length < TimeDelta::minutes(SHORTEST) || length > TimeDelta::minutes(LONGEST) {
        return broken("ends_at");
    }
    Ok(())
}
