//! Access tokens: who is calling.

use super::Attack;

mod required;
mod signature;

pub(super) const ATTACKS: &[&[Attack]] = &[required::ATTACKS, signature::ATTACKS];
