//! Tenants and database roles.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
