//! How often somebody may guess at one account (catalogue P5; NIST SP 800-63B-4 §3.2.2).
//!
//! Each attempt is counted before its password is looked at, so that fifty guesses at once don't slip through together; the
//! right password takes the count back. Addresses without an account are counted alike. A stranger can delay an account but
//! not lock its owner out: a browser that signed in before carries a [`device`] cookie and is counted by itself.
//!
//! - `attempt`: what the sign-in asks.
//! - `curve`: how long to wait after how many failures.
//! - `counter`: the count, in the database.
//! - `device`: the cookie of a browser that is known.

mod attempt;
mod counter;
mod curve;
pub mod device;
#[cfg(test)]
mod tests;

pub use attempt::Attempt;
pub use counter::{admit, reset};
pub use curve::{Admission, FREE, STOP};

use crate::{http::text::Text, identity::accounts::Email, sealing::Keyring};
use device::Device;

/// Whose failures are counted together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// Of everybody who names this address, from wherever. Ways of writing one address are one key.
    #[must_use]
    pub fn anybody(keyring: &Keyring, email: &str) -> Self {
        Self(keyring.mac("login-throttle", folded(email).as_bytes()))
    }

    /// Of one browser that signed in to this address's account before.
    #[must_use]
    pub fn known_device(keyring: &Keyring, email: &str, device: &Device) -> Self {
        Self(
            keyring
                .mac("login-throttle-device", &[device.id().as_slice(), folded(email).as_bytes()].concat()),
        )
    }

    const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The address as it is compared: as accounts are found by it, and without the dot that may end a host name.
fn folded(email: &str) -> String {
    let email = email.trim().trim_end_matches('.');
    Email::parse(email).map_or_else(|| Text::compose(email).folded(), |email| email.folded())
}
