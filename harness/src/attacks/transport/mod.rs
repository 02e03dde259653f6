//! TLS: what every byte travels in.

use super::Attack;

mod cert_hygiene;
mod certificate;
mod hello;
mod hsts;
mod modern;
mod only;
mod pq_group;
mod strip;

pub(super) const ATTACKS: &[&[Attack]] =
    &[only::ATTACKS, modern::ATTACKS, pq_group::ATTACKS, hsts::ATTACKS, cert_hygiene::ATTACKS];
