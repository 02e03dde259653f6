//! Access tokens: who is calling.

use super::Attack;

mod token_algorithm;
mod token_audience;
mod token_claims_strict;
mod token_issuer;
mod token_key_rotation;
mod token_key_source;
mod token_required;
mod token_sender_constrained;
mod token_signature;
mod token_time_window;
mod token_transport;
mod token_type;

pub(super) const ATTACKS: &[&[Attack]] = &[
    token_required::ATTACKS,
    token_signature::ATTACKS,
    token_algorithm::ATTACKS,
    token_key_source::ATTACKS,
    token_key_rotation::ATTACKS,
    token_time_window::ATTACKS,
    token_issuer::ATTACKS,
    token_audience::ATTACKS,
    token_type::ATTACKS,
    token_claims_strict::ATTACKS,
    token_transport::ATTACKS,
    token_sender_constrained::ATTACKS,
];
