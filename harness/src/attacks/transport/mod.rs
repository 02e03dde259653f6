//! TLS: what every byte travels in.

use super::Attack;

mod hello;
mod hsts;
mod modern;
mod only;
mod pq_group;
mod strip;

pub(super) const ATTACKS: &[&[Attack]] = &[only::ATTACKS, modern::ATTACKS, pq_group::ATTACKS, hsts::ATTACKS];
