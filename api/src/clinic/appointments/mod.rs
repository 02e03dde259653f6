//! Appointments: clinicians offer slots; a slot is held for ten minutes, confirmed, and then kept, or cancelled.
//!
//! - `slots`: what is offered.
//! - `hold`: taking a slot, once; `caps`: how many one may take.
//! - `machine`: the steps of an appointment, and from where each may be taken; `steps`: taking them.
//! - `waiting`: who wants to be told when a slot comes free.

pub(crate) mod caps;
mod find;
pub(crate) mod hold;
#[cfg(test)]
mod interleavings;
mod list;
mod lock;
mod machine;
pub(crate) mod rows;
mod slots;
mod steps;
mod views;
mod waiting;

pub(super) use list::batch;

use crate::{
    audit::EventName,
    http::endpoint::{AuditRule, Endpoint},
};
use actix_web::http::Method;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const APPOINTMENT: &str = "/v1/appointments/{appointment}";
    let appointment = |event| Some(AuditRule { event, object_type: "appointment" });
    let mut endpoints = slots::endpoints();
    endpoints.extend([
        Endpoint::new(
            Method::POST,
            "/v1/slots/{slot}/holds",
            "holdSlot",
            "Holds a slot for a patient for ten minutes.",
            appointment(EventName::AppointmentHeld),
            hold::hold,
        ),
        Endpoint::new(
            Method::GET,
            "/v1/appointments",
            "listAppointments",
            "Lists appointments, oldest first: all, one's own, or those with oneself.",
            appointment(EventName::SensitiveRead),
            list::list,
        ),
        Endpoint::new(
            Method::GET,
            APPOINTMENT,
            "showAppointment",
            "Shows an appointment.",
            appointment(EventName::SensitiveRead),
            find::show,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/appointments/{appointment}/confirm",
            "confirmAppointment",
            "Confirms what is held.",
            appointment(EventName::AppointmentConfirmed),
            steps::confirm,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/appointments/{appointment}/cancel",
            "cancelAppointment",
            "Gives the slot back.",
            appointment(EventName::AppointmentCancelled),
            steps::cancel,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/appointments/{appointment}/check-in",
            "checkIn",
            "Says that the patient has come.",
            appointment(EventName::AppointmentCheckedIn),
            steps::check_in,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/appointments/{appointment}/complete",
            "completeAppointment",
            "Says that the patient was treated.",
            appointment(EventName::AppointmentCompleted),
            steps::complete,
        ),
    ]);
    endpoints.extend(waiting::endpoints());
    endpoints
}
