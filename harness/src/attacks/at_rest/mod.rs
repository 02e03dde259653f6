//! Encryption at rest.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
