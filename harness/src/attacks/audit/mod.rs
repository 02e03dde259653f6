//! Audit and logs.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
