//! Browsers: CORS, CSRF, headers, hosts.

use super::Attack;

mod cors_allowlist;
mod cors_preflight;
mod csrf_no_ambient;
mod csrf_pages;
mod headers_set;
mod host_allowlist;
mod page;

pub(super) const ATTACKS: &[&[Attack]] = &[
    cors_allowlist::ATTACKS,
    cors_preflight::ATTACKS,
    csrf_no_ambient::ATTACKS,
    csrf_pages::ATTACKS,
    headers_set::ATTACKS,
    host_allowlist::ATTACKS,
];
