//! The text of a key.

use crate::{
    http::problem::{Kind, Problem},
    protection::API_KEY_STORAGE,
    sealing::Keyring,
};
use aws_lc_rs::{digest, rand};
use brigandine_enforce::enforces;
use std::fmt::{self, Write};
use zeroize::Zeroizing;

/// What every key starts with, for scanners of source code and logs to find: `ck_live_[0-9a-f]{72}`.
pub const PREFIX: &str = "ck_live_";
/// Hexadecimal digits of the 256 random bits, and of the checksum after them.
const SECRET: usize = 64;
const CHECKSUM: usize = 8;
/// Digits of the secret that lists show, so that people can tell keys apart.
const SHOWN: usize = 4;

/// A key as its holder shows it.
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn random() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new([0_u8; SECRET / 2]);
        rand::fill(bytes.as_mut_slice())
            .map_err(|_| Problem::new(Kind::InternalError).failed(&"no random numbers"))?;
        let mut text = Zeroizing::new(format!("{PREFIX}{}", *hexadecimal(bytes.as_slice())));
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Ok(Self(text))
    }

    /// Whether a credential is meant to be a key at all.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// A well-formed key whose checksum fits. The checksum is no secret: it keeps typing errors and scanners' noise from
    /// the database.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let plain = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (body, sum) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
        let fits = plain && digits.len() == SECRET + CHECKSUM && checksum(body) == sum;
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The key itself, to be shown once.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its beginning, for lists: nobody can read a key again who did not keep it (CWE-522).
    #[must_use]
    #[enforces(API_KEY_STORAGE, answers = self.as_str())]
    pub fn hint(&self) -> &str {
        self.0.get(..PREFIX.len() + SHOWN).unwrap_or(PREFIX)
    }

    /// As it is stored and looked up: HMAC-SHA-256 under a key that is not in the database. Who steals the table can
    /// neither use what is in it nor try candidates against it.
    #[must_use]
    #[enforces(API_KEY_STORAGE, answers = self.0.as_bytes().to_vec())]
    pub fn stored(&self, keyring: &Keyring) -> Vec<u8> {
        keyring.mac("api-key", self.0.as_bytes()).to_vec()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey([REDACTED])")
    }
}

fn checksum(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let mut digits = hexadecimal(hash.as_ref());
    digits.truncate(CHECKSUM);
    digits.to_string()
}

fn hexadecimal(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for byte in bytes {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::ApiKey;

    #[test]
    fn a_key_is_recognised_by_its_form_and_checksum() {
        let key = ApiKey::random().unwrap();
        let text = key.as_str();
        assert_eq!(text.len(), 80);
        assert_eq!(ApiKey::parse(text).unwrap().as_str(), text);
        assert!(text.starts_with(key.hint()) && key.hint().len() == 12);
        let last = text.len() - 1;
        let other = if text.ends_with('0') { '1' } else { '0' };
        for wrong in [
            "ck_live_",
            "",
            &text[1..],
            &text[..last],
            &format!("{text}0"),
            &format!("{}{other}", &text[..last]),
            &text.to_uppercase(),
            &text.replace("live", "test"),
        ] {
            assert!(ApiKey::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(format!("{key:?}"), "ApiKey([REDACTED])");
    }
}
