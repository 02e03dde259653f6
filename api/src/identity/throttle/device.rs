//! The cookie of a browser that signed in before. It opens nothing: its bearer is counted apart from the strangers who guess
//! at the same account, and so can't be delayed by them (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

use crate::sealing::Keyring;
use aws_lc_rs::rand::fill;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};

/// Its name.
pub const COOKIE: &str = "__Host-device";
/// How long a browser is known after its last sign-in.
pub const LIFETIME: TimeDelta = TimeDelta::days(180);

const PURPOSE: &str = "known-device";
const ID: usize = 16;
const TIME: usize = 8;
const MAC: usize = 32;

/// A browser that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device([u8; ID]);

impl Device {
    /// A browser that has just signed in. `None` without random numbers: the sign-in stands, the browser stays unknown.
    #[must_use]
    pub fn random() -> Option<Self> {
        let mut id = [0; ID];
        fill(&mut id).ok()?;
        Some(Self(id))
    }

    pub(super) const fn id(&self) -> &[u8; ID] {
        &self.0
    }

    /// The cookie's value: the browser's id and the time until which it counts, under a keyed checksum that binds both to
    /// the account.
    #[must_use]
    pub fn cookie(&self, keyring: &Keyring, email: &str, now: DateTime<Utc>) -> String {
        let until = (now + LIFETIME).timestamp().to_be_bytes();
        let mac = keyring.mac(PURPOSE, &bound(&self.0, until, email));
        URL_SAFE_NO_PAD.encode([self.0.as_slice(), &until, &mac].concat())
    }

    /// The browser that a cookie names, if it is one of ours, for this account, and still counts.
    #[must_use]
    pub fn from_cookie(keyring: &Keyring, email: &str, cookie: &str, now: DateTime<Utc>) -> Option<Self> {
        let bytes: [u8; ID + TIME + MAC] = URL_SAFE_NO_PAD.decode(cookie).ok()?.try_into().ok()?;
        let (id, rest) = bytes.split_first_chunk::<ID>()?;
        let (until, mac) = rest.split_first_chunk::<TIME>()?;
        let genuine = keyring.verify_mac(PURPOSE, &bound(id, *until, email), mac);
        (genuine && now.timestamp() < i64::from_be_bytes(*until)).then_some(Self(*id))
    }
}

fn bound(id: &[u8; ID], until: [u8; TIME], email: &str) -> Vec<u8> {
    [id.as_slice(), &until, super::folded(email).as_bytes()].concat()
}
