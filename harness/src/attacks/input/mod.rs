//! What may come in.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
