//! Holding a slot: once, whoever else tries at the same moment.

use super::{
    caps::{self, Booker},
    find, lock,
    machine::State,
    rows::{AppointmentRow, SlotRow},
    views::Appointment,
};
use crate::{
    access::{Permission, Reach, Tenant, permission::BookAppointments},
    http::{
        answer::Created,
        call::Call,
        input::{Body, Path},
        problem::{Kind, Problem},
    },
    ids::{AppointmentId, PatientId, SlotId},
    protection::{AUTHZ_OBJECT_REFERENCE, FLOW_CONCURRENCY},
    store::{
        prelude::*,
        schema::{appointments, patients},
        types::Moment,
    },
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// How long a hold counts, in minutes (catalogue P7).
const MINUTES: i64 = 10;

/// For whom.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldSlot {
    /// The patient; for patients, themselves.
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
}

pub(super) async fn hold(
    call: &mut Call<BookAppointments>,
    (Path(slot), Body(body)): (Path<SlotId>, Body<HoldSlot>),
) -> Result<Created<Appointment>, Problem> {
    let slot = find::slot(&mut call.tenant, find::own_slots(&call.allowed), slot).await?;
    check_patient(call, body.patient_id).await?;
    let now = Moment::from(call.clock.now());
    let booker = Booker::of(&call.allowed);
    let row = take_whole(&mut call.tenant, booker, &slot, body.patient_id, now).await?;
    call.audit.object(*row.id.as_uuid());
    let location = format!("/v1/appointments/{}", row.id);
    Ok(Created { location, view: Appointment::of(row, slot, now) })
}

/// Takes the slot in the request's own transaction: the hold and what belongs to it, its audit row too, are there together
/// or not at all (ASVS 2.3.3).
#[enforces(FLOW_CONCURRENCY, otherwise = crate::vulnerable::clinic::appointments::take_first)]
async fn take_whole(
    tenant: &mut Tenant,
    booker: Booker,
    slot: &SlotRow,
    patient: PatientId,
    now: Moment,
) -> Result<AppointmentRow, Problem> {
    take(tenant, booker, slot, patient, now).await
}

/// Takes the slot, unless somebody has it.
///
/// # Errors
/// `slot-taken`, and as [`caps::check_hold`].
pub(crate) async fn take(
    tenant: &mut Tenant,
    booker: Booker,
    slot: &SlotRow,
    patient: PatientId,
    now: Moment,
) -> Result<AppointmentRow, Problem> {
    if slot.starts_at <= now {
        return Err(Kind::SlotTaken.into());
    }
    lock::patient(tenant, patient).await?;
    lock::clinician(tenant, slot.clinician_member_id).await?;
    caps::check_hold(tenant, booker, patient, slot, now).await?;
    release_expired(tenant, slot.id, now).await?;

    let row = AppointmentRow {
        id: AppointmentId::random(),
        organization_id: tenant.organization(),
        slot_id: slot.id,
        patient_id: patient,
        status: State::Held.name().to_owned(),
        booked_by: booker.member,
        created_at: now,
        held_until: (now.time() + TimeDelta::minutes(MINUTES)).into(),
        confirmed_at: None,
        cancelled_at: None,
        cancelled_late: false,
    };
    // The index decides who is first; nobody has to look before.
    let taken = each!(tenant.connection(), |connection| {
        diesel::insert_into(appointments::table).values(&row).on_conflict_do_nothing().execute(connection)
    })?;
    if taken == 1 { Ok(row) } else { Err(Kind::SlotTaken.into()) }
}

/// A hold that was not confirmed in time keeps nobody away.
async fn release_expired(tenant: &mut Tenant, slot: SlotId, now: Moment) -> Result<(), Problem> {
    let organization = tenant.organization();
    each!(tenant.connection(), |connection| {
        diesel::update(
            appointments::table
                .filter(appointments::organization_id.eq(organization))
                .filter(appointments::slot_id.eq(slot))
                .filter(appointments::status.eq(State::Held.name()))
                .filter(appointments::held_until.le(now)),
        )
        .set(appointments::status.eq(State::Expired.name()))
        .execute(connection)
    })?;
    Ok(())
}

/// A patient in a body is checked like one in a path: an active one of the organization, for patients their own
/// (OWASP API1).
#[enforces(AUTHZ_OBJECT_REFERENCE)]
pub(super) async fn check_patient<P: Permission>(
    call: &mut Call<P>,
    patient: PatientId,
) -> Result<(), Problem> {
    let (organization, member) = (call.tenant.organization(), call.allowed.member());
    let only_own = call.allowed.reach() == Reach::Own;
    let found: i64 = each!(call.tenant.connection(), |connection| {
        let mut rows = patients::table
            .filter(patients::organization_id.eq(organization))
            .filter(patients::id.eq(patient))
            .filter(patients::status.eq("active"))
            .count()
            .into_boxed();
        if only_own {
            rows = rows.filter(patients::member_id.eq(member));
        }
        rows.get_result(connection)
    })?;
    if found == 1 { Ok(()) } else { Err(Problem::new(Kind::UnknownReference).at("/patient_id", "reference")) }
}
