//! Business flows: what is done once, in order, and by nobody twice.

use super::Attack;

mod concurrency;
mod idempotency;

pub(super) const ATTACKS: &[&[Attack]] = &[idempotency::ATTACKS, concurrency::ATTACKS];
