//! What is served, and where.

use super::Attack;

mod mgmt_isolated;
mod openapi_parity;
mod words;

pub(super) const ATTACKS: &[&[Attack]] = &[openapi_parity::ATTACKS, mgmt_isolated::ATTACKS];
