//! What is served, and where.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
