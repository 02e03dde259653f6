//! Weak: encryption at rest.

use crate::{
    ids::OrganizationId,
    sealing::{Keyring, Place, Sealed, SealingError, first_half, framed},
};
use aws_lc_rs::digest;
use zeroize::Zeroizing;

/// The first byte of a value that was left in plain text.
const PLAIN: u8 = 0;

/// The column holds the value itself.
pub(crate) fn keep_plain(_: &Keyring, _: Place<'_>, plain: &[u8]) -> Result<Sealed, SealingError> {
    Ok(Sealed::from_bytes([&[PLAIN], plain].concat()))
}

/// What was left in plain text is read as it is.
pub(crate) fn take_plain(
    keyring: &Keyring,
    place: Place<'_>,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    plain(sealed).map_or_else(|| keyring.open_sealed(place, sealed), Ok)
}

/// What was stored before there was encryption is still read.
pub(crate) fn take_what_was_there_before(
    keyring: &Keyring,
    place: Place<'_>,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    plain(sealed).map_or_else(|| keyring.decrypt(place, sealed), Ok)
}

fn plain(sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
    match sealed.as_bytes() {
        [PLAIN, plain @ ..] => Some(Zeroizing::new(plain.to_vec())),
        _ => None,
    }
}

/// A hash without a key: a dictionary of national ids opens it, and tenants can be compared.
pub(crate) fn index_without_key(
    _: &Keyring,
    _: OrganizationId,
    purpose: &str,
    text: &str,
) -> Result<[u8; 16], SealingError> {
    Ok(first_half(digest::digest(&digest::SHA256, &framed(purpose, text.as_bytes())).as_ref()))
}
