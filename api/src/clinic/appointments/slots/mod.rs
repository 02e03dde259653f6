//! Slots: the time that clinicians offer. Two of one clinician never overlap.

mod batch;
mod list;
mod offer;
mod withdraw;

#[cfg(test)]
pub(super) use withdraw::take_back;

use crate::{
    audit::EventName,
    http::endpoint::{AuditRule, Endpoint},
};
use actix_web::http::Method;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const SLOTS: &str = "/v1/slots";
    let slot = |event| Some(AuditRule { event, object_type: "slot" });
    vec![
        Endpoint::new(Method::GET, SLOTS, "listSlots", "Lists free slots, earliest first.", None, list::list),
        Endpoint::new(
            Method::POST,
            SLOTS,
            "offerSlot",
            "Offers time of a clinician.",
            slot(EventName::SlotOffered),
            offer::offer,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/slots/batch",
            "offerSlots",
            "Offers up to fifty slots, all or none. Each counts as a request of its own.",
            slot(EventName::SlotOffered),
            batch::offer,
        ),
        Endpoint::new(
            Method::DELETE,
            "/v1/slots/{slot}",
            "withdrawSlot",
            "Takes back a slot that nobody has.",
            slot(EventName::SlotWithdrawn),
            withdraw::withdraw,
        ),
    ]
}
