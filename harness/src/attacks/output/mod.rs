//! What may go out, and how failures look.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
