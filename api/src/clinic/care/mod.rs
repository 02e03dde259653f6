//! Who treats whom, and so may use a patient's records: the attribute that the policy's `Relation` asks for.
//!
//! - `standing`: the question, and the only answer that opens records.
//! - `team`: a patient's care team.
//! - `break_glass`: the way in for emergencies, and its review.

mod break_glass;
pub(crate) mod standing;
mod team;

pub(super) use break_glass::OPENED;
pub(super) use standing::{InCare, lasting_standing, note_reading, standing, standing_with};

use crate::http::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = team::endpoints();
    endpoints.extend(break_glass::endpoints());
    endpoints
}
