//! Sizes, times and rates.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
