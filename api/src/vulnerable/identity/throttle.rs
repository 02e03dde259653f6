//! Weak: how often somebody may guess at one account.

use crate::{
    http::visit::Visit,
    identity::{
        accounts::Email,
        throttle::{Key, device::Device},
    },
};

/// Each network address is counted by itself: whoever has many of them never waits.
pub(crate) fn counted_by_address(visit: &Visit, email: &Email, _device: Option<&Device>) -> Key {
    Key::anybody(&visit.service.keyring, &format!("{} {}", visit.facts.address, email.folded()))
}
