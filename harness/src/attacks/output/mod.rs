//! What may go out, and how failures look.

use super::Attack;

mod cache_isolation;
mod download_safe;
mod error_fail_closed;
mod error_grep;
mod error_uniform;
mod kill_each;
mod link;
mod no_reflection;
mod no_store;

pub(super) const ATTACKS: &[&[Attack]] = &[
    no_reflection::ATTACKS,
    download_safe::ATTACKS,
    no_store::ATTACKS,
    cache_isolation::ATTACKS,
    error_uniform::ATTACKS,
    error_grep::ATTACKS,
    error_fail_closed::ATTACKS,
];
