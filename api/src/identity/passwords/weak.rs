//! How passwords are often handled; in twins only.

use super::{
    Password, PasswordError,
    hashers::{self, Tag, Work},
};
use aws_lc_rs::digest::{SHA256, digest};
use prometheus_client::metrics::counter::Counter;
use std::fmt::Write;

/// What bcrypt looks at.
const BCRYPT: usize = 72;

/// A fast hash without salt or pepper.
pub(super) fn plain_hash(password: &Password) -> String {
    let hash = digest(&SHA256, password.expose().as_bytes());
    hash.as_ref().iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Hashes wherever a thread is free, with new memory each time, for everybody at once.
pub(super) async fn anywhere(work: Work, executed: &Counter) -> Result<Tag, PasswordError> {
    executed.inc();
    tokio::task::spawn_blocking(move || hashers::run(&work, &mut Vec::new()))
        .await
        .map_err(|_| PasswordError::Failed)?
        .map_err(|_| PasswordError::Failed)
}

/// A text as some libraries see it: up to the first NUL, and no more than 72 bytes of it.
pub(super) fn cut(text: &str) -> &str {
    let text = text.split('\0').next().unwrap_or_default();
    text.get(..text.floor_char_boundary(BCRYPT)).unwrap_or(text)
}
