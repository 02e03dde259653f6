//! One appointment, or one slot, within the caller's reach.

use super::{
    lock,
    rows::{AppointmentRow, SlotRow},
    views::Appointment,
};
use crate::{
    access::{Allowed, Permission, Reach, Role, Tenant, only, permission::ReadAppointments},
    clinic::own,
    http::{
        answer::Shown,
        call::Call,
        input::Path,
        problem::{Kind, Problem},
    },
    ids::{AppointmentId, MemberId, SlotId},
    store::{
        prelude::*,
        schema::{appointments, patients, slots},
        types::Moment,
    },
};

pub(super) async fn show(
    call: &mut Call<ReadAppointments>,
    Path(id): Path<AppointmentId>,
) -> Result<Shown<Appointment>, Problem> {
    let (appointment, slot) = find(call, id).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(Appointment::of(appointment, slot, Moment::from(call.clock.now()))))
}

/// The appointment with its slot: for patients their own, for clinicians those with themselves.
pub(super) async fn find<P: Permission>(
    call: &mut Call<P>,
    id: AppointmentId,
) -> Result<(AppointmentRow, SlotRow), Problem> {
    let (organization, member) = (call.tenant.organization(), call.allowed.member());
    let own = (call.allowed.reach() == Reach::Own).then(|| call.allowed.role());
    let found: Option<(AppointmentRow, SlotRow)> = each!(call.tenant.connection(), |connection| {
        let mut rows = appointments::table
            .inner_join(slots::table)
            .inner_join(patients::table)
            .filter(appointments::id.eq(id))
            .select((AppointmentRow::as_select(), SlotRow::as_select()))
            .into_boxed();
        rows = only::opened_of_tenant(rows, appointments::organization_id.eq(organization));
        rows = match own {
            None => rows,
            Some(Role::Clinician) => own::opened(rows, slots::clinician_member_id.eq(member)),
            Some(_) => own::opened(rows, patients::member_id.eq(member)),
        };
        rows.first(connection)
    })
    .optional()?;
    found.ok_or_else(|| Kind::NotFound.into())
}

/// A slot of the organization that was not withdrawn, or of clinicians their own; for a change of it, so it is locked
/// before it is looked at: else it could be withdrawn in between, and held all the same.
pub(super) async fn slot(tenant: &mut Tenant, own: Option<MemberId>, id: SlotId) -> Result<SlotRow, Problem> {
    lock::slot(tenant, id).await?;
    let organization = tenant.organization();
    let found: Option<SlotRow> = each!(tenant.connection(), |connection| {
        let mut rows = slots::table
            .filter(slots::id.eq(id))
            .filter(slots::withdrawn_at.is_null())
            .select(SlotRow::as_select())
            .into_boxed();
        rows = only::opened_of_tenant(rows, slots::organization_id.eq(organization));
        if let Some(own) = own {
            rows = own::opened(rows, slots::clinician_member_id.eq(own));
        }
        rows.first(connection)
    })
    .optional()?;
    found.ok_or_else(|| Kind::NotFound.into())
}

/// Whose slots only, for callers who reach no others.
pub(super) fn own_slots<P: Permission>(allowed: &Allowed<P>) -> Option<MemberId> {
    let only_own = allowed.reach() == Reach::Own && allowed.role() == Role::Clinician;
    only_own.then(|| allowed.member())
}
