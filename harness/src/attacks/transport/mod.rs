//! TLS: what every byte travels in.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
