//! Values that nobody can guess, and their hashes.

use super::FederationRefusal;
use aws_lc_rs::{digest, rand::fill};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// A SHA-256 hash, as it is stored and compared.
pub(super) type Hash = [u8; 32];

/// 256 random bits in base64url: 43 characters, which is also what a PKCE verifier may be (RFC 7636 §4.1).
pub(super) fn secret() -> Result<Zeroizing<String>, FederationRefusal> {
    let mut bytes = Zeroizing::new([0; 32]);
    fill(bytes.as_mut_slice()).map_err(|_| FederationRefusal::Failed("no random numbers"))?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

pub(super) fn hash(text: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hash
}
