//! The build, the start, and the proof itself.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
