//! Appointments in pages.

use super::{
    rows::{AppointmentRow, SlotRow},
    views::Appointment,
};
use crate::{
    access::{Allowed, Reach, Role, Tenant, only, permission::ReadAppointments},
    clinic::own,
    http::{
        answer::Listed,
        call::Call,
        input::Query,
        page::{BATCH, Batch, PageQuery, Position, after_batch},
        problem::Problem,
    },
    ids::{AppointmentId, PatientId},
    store::{
        prelude::*,
        schema::{appointments, patients, slots},
        types::Moment,
    },
};
use serde::Serialize;

pub(super) async fn list(
    call: &mut Call<ReadAppointments>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Appointment>, Problem> {
    let listing = call.listing("listAppointments", &query)?;
    let rows = load(&mut call.tenant, &call.allowed, None, listing.after(), query.rows()).await?;
    let now = Moment::from(call.clock.now());
    let view = |(row, slot)| Ok(Appointment::of(row, slot, now));
    Ok(Listed(listing.page(&mut call.audit, rows, position, view)?))
}

fn position((row, _): &(AppointmentRow, SlotRow)) -> Position {
    Position::new(row.created_at, row.id.as_uuid())
}

/// A batch of a patient's appointments, as far as the caller sees them, oldest first, and where the next one begins.
///
/// # Errors
/// When the database is gone.
pub(in crate::clinic) async fn batch(
    tenant: &mut Tenant,
    allowed: &Allowed<ReadAppointments>,
    now: Moment,
    patient: PatientId,
    after: Option<Position>,
) -> Result<Batch<impl Serialize + use<>>, Problem> {
    let rows = load(tenant, allowed, Some(patient), after, BATCH).await?;
    let next = after_batch(&rows, position);
    let view = |(row, slot): (AppointmentRow, SlotRow)| (*row.id.as_uuid(), Appointment::of(row, slot, now));
    Ok((rows.into_iter().map(view).collect(), next))
}

async fn load(
    tenant: &mut Tenant,
    allowed: &Allowed<ReadAppointments>,
    patient: Option<PatientId>,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<(AppointmentRow, SlotRow)>, Problem> {
    let (organization, member) = (tenant.organization(), allowed.member());
    let own = (allowed.reach() == Reach::Own).then(|| allowed.role());
    Ok(each!(tenant.connection(), |connection| {
        let mut rows = appointments::table
            .inner_join(slots::table)
            .inner_join(patients::table)
            .order((appointments::created_at.asc(), appointments::id.asc()))
            .limit(limit)
            .select((AppointmentRow::as_select(), SlotRow::as_select()))
            .into_boxed();
        rows = only::listed_of_tenant(rows, appointments::organization_id.eq(organization));
        rows = match own {
            None => rows,
            Some(Role::Clinician) => own::listed(rows, slots::clinician_member_id.eq(member)),
            Some(_) => own::listed(rows, patients::member_id.eq(member)),
        };
        if let Some(patient) = patient {
            rows = rows.filter(appointments::patient_id.eq(patient));
        }
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), AppointmentId::from_uuid(after.id));
            rows = rows
                .filter(appointments::created_at.ge(at))
                .filter(appointments::created_at.gt(at).or(appointments::id.gt(id)));
        }
        rows.load(connection)
    })?)
}
