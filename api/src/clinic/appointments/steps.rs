//! Taking the steps of an appointment.

use super::{
    caps,
    find::find,
    lock,
    machine::{State, Step, Transition},
    rows::{AppointmentRow, SlotRow},
    views::Appointment,
    waiting,
};
use crate::{
    access::{
        Permission,
        permission::{BookAppointments, CheckIn, CompleteAppointments},
    },
    http::{
        answer::Shown,
        endpoint::Call,
        input::Path,
        problem::{Kind, Problem},
    },
    ids::AppointmentId,
    store::{prelude::*, schema::appointments, types::Moment},
};
use chrono::TimeDelta;

/// Hours before the appointment from which on cancelling is late: nobody else can plan for the slot any more.
const LATE_HOURS: i64 = 24;

pub(super) async fn confirm(
    call: &mut Call<BookAppointments>,
    Path(id): Path<AppointmentId>,
) -> Result<Shown<Appointment>, Problem> {
    let (appointment, slot, transition, now) = take(call, id, Step::Confirm).await?;
    lock::patient(&mut call.tenant, appointment.patient_id).await?;
    caps::check_confirmation(call, appointment.patient_id, appointment.created_at, now).await?;
    let confirmed = AppointmentRow { confirmed_at: Some(now), ..appointment };
    finish(call, confirmed, slot, transition, now).await
}

pub(super) async fn cancel(
    call: &mut Call<BookAppointments>,
    Path(id): Path<AppointmentId>,
) -> Result<Shown<Appointment>, Problem> {
    let (appointment, slot, transition, now) = take(call, id, Step::Cancel).await?;
    let soon = slot.starts_at.time() - now.time() < TimeDelta::hours(LATE_HOURS);
    let cancelled_late = transition.from() == State::Confirmed && soon;
    let cancelled = AppointmentRow { cancelled_at: Some(now), cancelled_late, ..appointment };
    waiting::tell_the_next(call, &slot).await?;
    finish(call, cancelled, slot, transition, now).await
}

pub(super) async fn check_in(
    call: &mut Call<CheckIn>,
    Path(id): Path<AppointmentId>,
) -> Result<Shown<Appointment>, Problem> {
    let (appointment, slot, transition, now) = take(call, id, Step::CheckIn).await?;
    finish(call, appointment, slot, transition, now).await
}

pub(super) async fn complete(
    call: &mut Call<CompleteAppointments>,
    Path(id): Path<AppointmentId>,
) -> Result<Shown<Appointment>, Problem> {
    let (appointment, slot, transition, now) = take(call, id, Step::Complete).await?;
    finish(call, appointment, slot, transition, now).await
}

/// Whether the step may be taken from where the appointment stands now.
async fn take<P: Permission>(
    call: &mut Call<P>,
    id: AppointmentId,
    step: Step,
) -> Result<(AppointmentRow, SlotRow, Transition, Moment), Problem> {
    let (appointment, slot) = find(call, id).await?;
    let now = Moment::from(call.clock.now());
    let state = appointment.state(now).ok_or(Kind::InternalError)?;
    let transition = state.take(step)?;
    Ok((appointment, slot, transition, now))
}

/// Writes the step down, if the appointment still stands where it stood.
async fn finish<P: Permission>(
    call: &mut Call<P>,
    mut appointment: AppointmentRow,
    slot: SlotRow,
    transition: Transition,
    now: Moment,
) -> Result<Shown<Appointment>, Problem> {
    let before = std::mem::replace(&mut appointment.status, transition.to().name().to_owned());
    let written = each!(call.tenant.connection(), |connection| {
        diesel::update(
            appointments::table
                .filter(appointments::organization_id.eq(appointment.organization_id))
                .filter(appointments::id.eq(appointment.id))
                .filter(appointments::status.eq(&before)),
        )
        .set((
            appointments::status.eq(&appointment.status),
            appointments::confirmed_at.eq(appointment.confirmed_at),
            appointments::cancelled_at.eq(appointment.cancelled_at),
            appointments::cancelled_late.eq(appointment.cancelled_late),
        ))
        .execute(connection)
    })?;
    if written != 1 {
        return Err(Kind::InvalidTransition.into());
    }
    call.audit.object(*appointment.id.as_uuid());
    Ok(Shown(Appointment::of(appointment, slot, now)))
}
