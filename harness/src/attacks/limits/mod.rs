//! Sizes, times and rates.

use super::Attack;

mod dear;
pub(super) mod flood;
mod json_depth;
mod message_size;
mod page_batch;
mod rate_costly_spend;
mod rate_ip;
mod rate_key_spoofing;
mod rate_principal;
mod slow_client;
mod work;

pub(super) const ATTACKS: &[&[Attack]] = &[
    message_size::ATTACKS,
    json_depth::ATTACKS,
    page_batch::ATTACKS,
    slow_client::ATTACKS,
    work::ATTACKS,
    dear::ATTACKS,
    rate_ip::ATTACKS,
    rate_principal::ATTACKS,
    rate_key_spoofing::ATTACKS,
    rate_costly_spend::ATTACKS,
];
