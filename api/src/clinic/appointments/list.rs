//! Appointments in pages.

use super::{
    rows::{AppointmentRow, SlotRow},
    views::Appointment,
};
use crate::{
    access::{Reach, Role, permission::ReadAppointments},
    http::{
        answer::Listed,
        endpoint::Call,
        input::Query,
        page::{CursorScope, Page, PageQuery, Position},
        problem::Problem,
    },
    ids::AppointmentId,
    protection::Protection,
    store::{
        prelude::*,
        schema::{appointments, patients, slots},
        types::Moment,
    },
};

pub(super) async fn list(
    call: &mut Call<ReadAppointments>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Appointment>, Problem> {
    let (organization, member) = (call.tenant.organization(), call.allowed.member());
    let scope = CursorScope { organization, member, filter: "listAppointments" };
    let after = query.after(&scope, &call.keyring)?;
    let own = (call.allowed.reach() == Reach::Own).then(|| call.allowed.role());
    let rows: Vec<(AppointmentRow, SlotRow)> = each!(call.tenant.connection(), |connection| {
        let mut rows = appointments::table
            .inner_join(slots::table)
            .inner_join(patients::table)
            .order((appointments::created_at.asc(), appointments::id.asc()))
            .limit(query.rows())
            .select((AppointmentRow::as_select(), SlotRow::as_select()))
            .into_boxed();
        if Protection::TenantIsolation.holds() && Protection::AuthzObjectCollection.holds() {
            rows = rows.filter(appointments::organization_id.eq(organization));
        }
        rows = match own.filter(|_| Protection::AuthzObjectCollection.holds()) {
            None => rows,
            Some(Role::Clinician) => rows.filter(slots::clinician_member_id.eq(member)),
            Some(_) => rows.filter(patients::member_id.eq(member)),
        };
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), AppointmentId::from_uuid(after.id));
            let same = appointments::created_at.eq(at);
            rows = rows.filter(appointments::created_at.gt(at).or(same.and(appointments::id.gt(id))));
        }
        rows.load(connection)
    })?;
    let now = Moment::from(call.clock.now());
    let page = Page::cut(
        rows,
        query.size(),
        |(row, _)| Position { at: row.created_at.time(), id: *row.id.as_uuid() },
        |position| scope.seal(&call.keyring, position),
        |(row, slot)| Appointment::of(row, slot, now),
    );
    for item in &page.items {
        call.audit.object(*item.id.as_uuid());
    }
    Ok(Listed(page))
}
