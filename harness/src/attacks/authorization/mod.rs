//! Object, property and function rules: what the caller may do.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
