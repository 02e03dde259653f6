//! The build, the start, and the proof itself.

use super::Attack;

mod config_secure_start;
mod dice;
mod hardening;
mod insecure;
mod test_coverage_meta;
mod twin_absent;

pub(super) const ATTACKS: &[&[Attack]] =
    &[twin_absent::ATTACKS, hardening::ATTACKS, config_secure_start::ATTACKS, test_coverage_meta::ATTACKS];
