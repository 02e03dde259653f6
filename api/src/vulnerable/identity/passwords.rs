//! Weak: how passwords are often handled.

use crate::identity::passwords::{
    Password, PasswordError, Passwords, Unusable, Verification,
    hashers::{self, Hashers, Tag, Work},
};
use aws_lc_rs::digest::{SHA256, digest};
use std::fmt::Write;

/// What bcrypt looks at, in bytes.
const BCRYPT: usize = 72;

/// A fast hash without salt or pepper.
pub(crate) async fn hash_fast(_: &Passwords, password: &Password) -> Result<String, PasswordError> {
    Ok(plain_hash(password))
}

/// Compares fast hashes.
pub(crate) async fn compare_fast(
    _: &Passwords,
    password: &Password,
    stored: &str,
) -> Result<Verification, PasswordError> {
    Ok(Verification { matches: stored == plain_hash(password), outdated: false })
}

fn plain_hash(password: &Password) -> String {
    let hash = digest(&SHA256, password.expose().as_bytes());
    hash.as_ref().iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Hashes wherever a thread is free, with new memory each time, for everybody at once.
pub(crate) async fn run_anywhere(hashers: &Hashers, work: Work) -> Result<Tag, PasswordError> {
    hashers.executed.inc();
    tokio::task::spawn_blocking(move || hashers::run(&work, &mut Vec::new()))
        .await
        .map_err(|_| PasswordError::Failed)?
        .map_err(|_| PasswordError::Failed)
}

/// A text as some libraries see it: up to the first NUL, and no more than 72 bytes of it.
pub(crate) fn cut(text: &str) -> Result<&str, Unusable> {
    let text = text.split('\0').next().unwrap_or_default();
    let text = text.get(..text.floor_char_boundary(BCRYPT)).unwrap_or(text);
    if text.is_empty() { Err(Unusable::Empty) } else { Ok(text) }
}
