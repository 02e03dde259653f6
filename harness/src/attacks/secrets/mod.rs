//! Secrets.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
