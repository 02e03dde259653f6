//! Offering a week at once. What a single offer is asked, each is asked; what a single one costs, each costs.

use super::{
    super::views::Slot,
    offer::{self, OfferSlot},
};
use crate::{
    access::permission::OfferSlots,
    http::{
        answer::Created,
        call::Call,
        input::Body,
        problem::{Kind, Problem},
    },
    protection::LIMIT_PAGE_BATCH,
};
use brigandine_enforce::enforces;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// Slots in one call (catalogue P6).
const MOST: usize = 50;

/// Slots to offer, all or none.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SlotBatch {
    #[schema(min_items = 1, max_items = 50)]
    slots: Vec<OfferSlot>,
}

/// What was offered, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OfferedSlots {
    slots: Vec<Slot>,
}

pub(super) async fn offer(
    call: &mut Call<OfferSlots>,
    Body(body): Body<SlotBatch>,
) -> Result<Created<OfferedSlots>, Problem> {
    if body.slots.is_empty() || body.slots.len() > most() {
        return Err(Problem::new(Kind::ValidationFailed).at("/slots", "length"));
    }
    count_each(call, body.slots.len())?;
    // Clinicians are locked on the way: always in the same order, so that two batches never wait for each other in a circle.
    let mut places: Vec<(usize, &OfferSlot)> = body.slots.iter().enumerate().collect();
    places.sort_by_key(|(_, slot)| *slot.clinician_member_id.as_uuid());
    let mut rows = Vec::with_capacity(places.len());
    for (place, slot) in places {
        rows.push((place, offer::write(call, slot, &format!("/slots/{place}")).await?));
    }
    rows.sort_by_key(|(place, _)| *place);
    let slots = rows.into_iter().map(|(_, row)| row.into()).collect();
    Ok(Created { location: "/v1/slots".to_owned(), view: OfferedSlots { slots } })
}

/// How many slots one call may offer: none makes the database work for minutes (OWASP API4).
#[enforces(LIMIT_PAGE_BATCH, answers = usize::MAX)]
fn most() -> usize {
    MOST
}

/// Counts each slot as if it had come by itself: a batch is no way around the limits (OWASP API4). The request itself
/// was counted when it came.
#[enforces(LIMIT_PAGE_BATCH)]
fn count_each(call: &mut Call<OfferSlots>, slots: usize) -> Result<(), Problem> {
    call.count_further(slots.saturating_sub(1))
}
