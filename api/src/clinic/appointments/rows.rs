//! Slots and appointments as the database holds them.

use crate::{
    ids::{AppointmentId, MemberId, OrganizationId, PatientId, SlotId},
    store::{
        prelude::*,
        schema::{appointments, slots},
        types::Moment,
    },
};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = slots)]
pub(crate) struct SlotRow {
    pub(super) id: SlotId,
    pub(super) organization_id: OrganizationId,
    pub(super) clinician_member_id: MemberId,
    pub(super) starts_at: Moment,
    pub(super) ends_at: Moment,
    pub(super) created_by: MemberId,
    pub(super) created_at: Moment,
    pub(super) withdrawn_at: Option<Moment>,
}

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = appointments)]
pub(crate) struct AppointmentRow {
    pub(super) id: AppointmentId,
    pub(super) organization_id: OrganizationId,
    pub(super) slot_id: SlotId,
    pub(super) patient_id: PatientId,
    pub(super) status: String,
    pub(super) booked_by: MemberId,
    pub(super) created_at: Moment,
    pub(super) held_until: Moment,
    pub(super) confirmed_at: Option<Moment>,
    pub(super) cancelled_at: Option<Moment>,
    pub(super) cancelled_late: bool,
}
