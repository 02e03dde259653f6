//! Taking the steps of an appointment.

use super::{
    caps::{self, Booker},
    find::find,
    lock,
    machine::{State, Step, Transition},
    rows::{AppointmentRow, SlotRow},
    views::Appointment,
    waiting,
};
use crate::{
    access::{
        Permission, Tenant,
        permission::{BookAppointments, CheckIn, CompleteAppointments},
    },
    http::{
        answer::Shown,
        call::Call,
        input::Path,
        problem::{Kind, Problem},
    },
    ids::AppointmentId,
    protection::FLOW_HOLD_CAP,
    store::{prelude::*, schema::appointments, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;

/// Hours before the appointment from which on cancelling is late: nobody else can plan for the slot any more.
const LATE_HOURS: i64 = 24;

pub(super) async fn confirm(
    call: &mut Call<BookAppointments>,
    Path(id): Path<AppointmentId>,
) -> Result<Shown<Appointment>, Problem> {
    step(call, id, Step::Confirm).await.map(Taken::shown)
}

pub(super) async fn cancel(
    call: &mut Call<BookAppointments>,
    Path(id): Path<AppointmentId>,
) -> Result<Shown<Appointment>, Problem> {
    let taken = step(call, id, Step::Cancel).await?;
    if was_booked(&taken.appointment) {
        waiting::tell_the_next(call, &taken.slot).await?;
    }
    Ok(taken.shown())
}

/// Whether somebody had it. What was only held was nobody's: else a script that holds and cancels would write to
/// everybody who waits.
#[enforces(FLOW_HOLD_CAP, answers = true)]
fn was_booked(appointment: &AppointmentRow) -> bool {
    appointment.confirmed_at.is_some()
}

pub(super) async fn check_in(
    call: &mut Call<CheckIn>,
    Path(id): Path<AppointmentId>,
) -> Result<Shown<Appointment>, Problem> {
    step(call, id, Step::CheckIn).await.map(Taken::shown)
}

pub(super) async fn complete(
    call: &mut Call<CompleteAppointments>,
    Path(id): Path<AppointmentId>,
) -> Result<Shown<Appointment>, Problem> {
    step(call, id, Step::Complete).await.map(Taken::shown)
}

/// A step that was taken.
struct Taken {
    appointment: AppointmentRow,
    slot: SlotRow,
    now: Moment,
}

impl Taken {
    fn shown(self) -> Shown<Appointment> {
        Shown(Appointment::of(self.appointment, self.slot, self.now))
    }
}

async fn step<P: Permission>(call: &mut Call<P>, id: AppointmentId, step: Step) -> Result<Taken, Problem> {
    let (appointment, slot) = find(call, id).await?;
    let now = Moment::from(call.clock.now());
    let booker = Booker::of(&call.allowed);
    let appointment = take(&mut call.tenant, booker, appointment, &slot, step, now).await?;
    call.audit.object(*appointment.id.as_uuid());
    Ok(Taken { appointment, slot, now })
}

/// Takes the step, if it may be taken from where the appointment stands now.
///
/// # Errors
/// `invalid-transition`, and as [`caps::check_confirmation`].
pub(super) async fn take(
    tenant: &mut Tenant,
    booker: Booker,
    mut appointment: AppointmentRow,
    slot: &SlotRow,
    step: Step,
    now: Moment,
) -> Result<AppointmentRow, Problem> {
    let transition = appointment.state(now).ok_or(Kind::InternalError)?.take(step)?;
    match step {
        Step::Confirm => {
            lock::patient(tenant, appointment.patient_id).await?;
            caps::check_confirmation(tenant, booker, appointment.patient_id, appointment.created_at, now)
                .await?;
            appointment.confirmed_at = Some(now);
        }
        Step::Cancel => {
            let soon = slot.starts_at.time() - now.time() < TimeDelta::hours(LATE_HOURS);
            appointment.cancelled_late = transition.from() == State::Confirmed && soon;
            appointment.cancelled_at = Some(now);
        }
        Step::CheckIn | Step::Complete => {}
    }
    write(tenant, appointment, transition).await
}

/// Writes the step down, if the appointment still stands where it stood.
async fn write(
    tenant: &mut Tenant,
    mut appointment: AppointmentRow,
    transition: Transition,
) -> Result<AppointmentRow, Problem> {
    let before = std::mem::replace(&mut appointment.status, transition.to().name().to_owned());
    let written = each!(tenant.connection(), |connection| {
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
    if written == 1 { Ok(appointment) } else { Err(Kind::InvalidTransition.into()) }
}
