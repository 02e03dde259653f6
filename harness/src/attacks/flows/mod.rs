//! Business flows: what is done once, in order, and by nobody twice.

use super::Attack;

mod concurrency;
mod dual_control;
mod hold_cap;
mod idempotency;
mod state_machine;

pub(super) const ATTACKS: &[&[Attack]] = &[
    idempotency::ATTACKS,
    concurrency::ATTACKS,
    hold_cap::ATTACKS,
    state_machine::ATTACKS,
    dual_control::ATTACKS,
];
