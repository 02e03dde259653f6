//! Nonces that the server hands out and wants to see in the next proof (RFC 9449 §8, §9).
//!
//! A nonce is a keyed checksum of the time it was given out in, so every replica knows it and nobody keeps it. Both
//! servers of this service, the one that gives tokens and the one that takes them, share the nonces: clients file them
//! by origin.

use crate::{identity::jws, sealing::Keyring};

/// How long one nonce is given out, in seconds. It is taken as long again, so at most five minutes.
const PERIOD: i64 = 150;
const PURPOSE: &str = "dpop-nonce";

/// The nonce to give out now: the value of `DPoP-Nonce`.
#[must_use]
pub fn current(keyring: &Keyring, now: i64) -> String {
    of(keyring, now.div_euclid(PERIOD))
}

/// Whether a nonce was given out lately. It is no secret, so the comparison need not take constant time.
#[must_use]
pub fn is_fresh(keyring: &Keyring, now: i64, nonce: &str) -> bool {
    let period = now.div_euclid(PERIOD);
    [period, period.saturating_sub(1)].into_iter().any(|period| of(keyring, period) == nonce)
}

fn of(keyring: &Keyring, period: i64) -> String {
    jws::encode(keyring.mac(PURPOSE, &period.to_be_bytes()))
}
