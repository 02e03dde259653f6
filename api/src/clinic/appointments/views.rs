//! What goes out of slots and appointments. Nothing in them is clinical, so all audiences see the same.

use super::{
    machine::State,
    rows::{AppointmentRow, SlotRow},
};
use crate::{
    ids::{AppointmentId, MemberId, PatientId, SlotId},
    store::types::Moment,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Time that a clinician offers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Slot {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: SlotId,
    #[schema(value_type = uuid::Uuid)]
    clinician_member_id: MemberId,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl From<SlotRow> for Slot {
    fn from(row: SlotRow) -> Self {
        Self {
            id: row.id,
            clinician_member_id: row.clinician_member_id,
            starts_at: row.starts_at.time(),
            ends_at: row.ends_at.time(),
        }
    }
}

/// A patient's appointment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Appointment {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: AppointmentId,
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
    slot: Slot,
    #[schema(value_type = State)]
    status: String,
    /// Until when it must be confirmed, while it is held.
    held_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl Appointment {
    /// As it stands at this moment: a hold that nobody confirmed is over before anybody writes that down.
    pub(super) fn of(row: AppointmentRow, slot: SlotRow, now: Moment) -> Self {
        let state = row.state(now);
        Self {
            id: row.id,
            patient_id: row.patient_id,
            slot: slot.into(),
            status: state.map_or(row.status, |state| state.name().to_owned()),
            held_until: (state == Some(State::Held)).then(|| row.held_until.time()),
            created_at: row.created_at.time(),
        }
    }
}

impl AppointmentRow {
    /// Where it stands at this moment; none for a status that no program of ours wrote.
    pub(super) fn state(&self, now: Moment) -> Option<State> {
        match State::named(&self.status)? {
            State::Held if self.held_until <= now => Some(State::Expired),
            state => Some(state),
        }
    }
}
