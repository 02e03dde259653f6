//! The pepper: a key outside the database. Whoever steals the hashes alone can't test a single guess
//! (NIST SP 800-63B-4 §3.1.1.2).

use super::Password;
use crate::{
    sealing::{open_secret, read_secret},
    settings::{Settings, SettingsError},
};
use argon2::KeyId;
use aws_lc_rs::{digest, hmac};
use std::path::Path;
use zeroize::Zeroizing;

/// What goes into argon2id in place of the password.
pub(super) type Peppered = Zeroizing<[u8; 32]>;

/// The current pepper, then those of the past.
pub(super) struct Peppers(Vec<Pepper>);

/// One pepper and the name by which hashes say which they need.
pub(super) struct Pepper {
    id: [u8; 4],
    key: hmac::Key,
}

impl Peppers {
    /// Reads the files that the settings name; makes the current one on the first run.
    pub(super) fn open(settings: &Settings) -> Result<Self, SettingsError> {
        let passwords = &settings.passwords;
        let refuse = |file: &Path, error| {
            SettingsError::new(settings.resolve(file).display().to_string(), format!("the pepper: {error}"))
        };
        let current = open_secret(&settings.resolve(&passwords.pepper_file))
            .map_err(|error| refuse(&passwords.pepper_file, error))?;
        let mut peppers = vec![Pepper::new(&current)];
        for file in &passwords.former_pepper_files {
            let former = read_secret(&settings.resolve(file)).map_err(|error| refuse(file, error))?;
            peppers.push(Pepper::new(&former));
        }
        Ok(Self(peppers))
    }

    pub(super) fn current(&self) -> Option<&Pepper> {
        self.0.first()
    }

    pub(super) fn by_id(&self, id: &KeyId) -> Option<&Pepper> {
        self.0.iter().find(|pepper| pepper.id == *id.as_bytes())
    }
}

impl Pepper {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        let fingerprint =
            digest::digest(&digest::SHA256, &[b"brigandine pepper id".as_slice(), secret].concat());
        let id = fingerprint.as_ref().first_chunk().copied().unwrap_or_default();
        Self { id, key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    /// Its name in a stored hash: `keyid` of the PHC string.
    pub(super) const fn id(&self) -> &[u8; 4] {
        &self.id
    }

    /// The password under this pepper: HMAC-SHA-256.
    pub(super) fn season(&self, password: &Password) -> Peppered {
        let tag = hmac::sign(&self.key, password.expose().as_bytes());
        let mut peppered = Zeroizing::new([0; 32]);
        for (to, from) in peppered.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        peppered
    }
}
