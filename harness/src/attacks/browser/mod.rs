//! Browsers: CORS, CSRF, headers, hosts.

use super::Attack;

pub(super) const ATTACKS: &[&[Attack]] = &[];
