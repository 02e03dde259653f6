//! What the service calls by itself: where an attacker would have it call.

use super::Attack;

mod allowlist;
mod hook;
mod ssrf_address;
mod ssrf_dns_rebinding;
mod ssrf_redirect_scheme;
mod upstream_limits;
mod upstream_tls;
mod upstream_validate;
mod webhook_signature;

pub(crate) use hook::{Hook, something_happens};

pub(super) const ATTACKS: &[&[Attack]] = &[
    ssrf_address::ATTACKS,
    ssrf_dns_rebinding::ATTACKS,
    ssrf_redirect_scheme::ATTACKS,
    allowlist::ATTACKS,
    webhook_signature::ATTACKS,
    upstream_tls::ATTACKS,
    upstream_validate::ATTACKS,
    upstream_limits::ATTACKS,
];
