//! Taking an offer back.

use super::super::{find, machine::State, rows::SlotRow};
use crate::{
    access::{Tenant, permission::OfferSlots},
    http::{
        answer::Gone,
        call::Call,
        input::Path,
        problem::{Kind, Problem},
    },
    ids::SlotId,
    store::{
        prelude::*,
        schema::{appointments, slots},
        types::Moment,
    },
};

pub(super) async fn withdraw(call: &mut Call<OfferSlots>, Path(id): Path<SlotId>) -> Result<Gone, Problem> {
    let slot = find::slot(&mut call.tenant, find::own_slots(&call.allowed), id).await?;
    take_back(&mut call.tenant, &slot, Moment::from(call.clock.now())).await?;
    call.audit.object(*id.as_uuid());
    Ok(Gone)
}

/// Withdraws the slot, unless somebody has it.
///
/// # Errors
/// `conflict`.
pub(in super::super) async fn take_back(
    tenant: &mut Tenant,
    slot: &SlotRow,
    now: Moment,
) -> Result<(), Problem> {
    let taken: i64 = each!(tenant.connection(), |connection| appointments::table
        .filter(appointments::organization_id.eq(slot.organization_id))
        .filter(appointments::slot_id.eq(slot.id))
        .filter(appointments::status.eq_any(State::TAKING))
        .filter(appointments::status.ne(State::Held.name()).or(appointments::held_until.gt(now)))
        .count()
        .get_result(connection))?;
    if taken > 0 {
        return Err(Kind::Conflict.into());
    }
    each!(tenant.connection(), |connection| {
        diesel::update(
            slots::table
                .filter(slots::organization_id.eq(slot.organization_id))
                .filter(slots::id.eq(slot.id)),
        )
        .set(slots::withdrawn_at.eq(now))
        .execute(connection)
    })?;
    Ok(())
}
