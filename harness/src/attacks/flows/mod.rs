//! Business flows: what is done once, in order, and by nobody twice.

use super::Attack;

mod concurrency;
mod dual_control;
mod hold_cap;
mod idempotency;
mod partial;
mod state_machine;
mod verify_skip;

pub(super) const ATTACKS: &[&[Attack]] = &[
    idempotency::ATTACKS,
    concurrency::ATTACKS,
    hold_cap::ATTACKS,
    state_machine::ATTACKS,
    dual_control::ATTACKS,
];
