//! The signature of a version: who wrote what, about whom, when, after which version.
//!
//! The seal of the text keeps it from being altered or moved; the signature keeps the rest of the row with it, so that
//! nobody who can write to the database gives a text another author, patient or date, or takes a version out of the
//! middle. It is the service that signs, for the author whose token it has just seen: a keyed checksum (HMAC-SHA-256),
//! which the service alone can make and check.

use super::rows::{RecordRow, VersionRow};
use crate::{
    protection::CRYPTO_AAD_BINDING,
    sealing::{Keyring, SealingError},
};
use brigandine_enforce::enforces;

const PURPOSE: &str = "record-signature";

/// The checksum. `previous` is the signature of the version before.
pub(super) fn sign(
    keyring: &Keyring,
    record: &RecordRow,
    version: &VersionRow,
    body: &str,
    reason: Option<&str>,
    previous: Option<&[u8]>,
) -> Vec<u8> {
    let reason = reason.unwrap_or_default();
    let message = [
        record.organization_id.as_uuid().as_bytes().as_slice(),
        record.patient_id.as_uuid().as_bytes(),
        record.id.as_uuid().as_bytes(),
        record.author_member_id.as_uuid().as_bytes(),
        version.author_member_id.as_uuid().as_bytes(),
        &version.version.to_be_bytes(),
        &version.signed_at.time().timestamp_micros().to_be_bytes(),
        previous.unwrap_or(&[0; 32]),
        // Texts carry their length, so that no two versions give the same bytes.
        &record.kind.len().to_be_bytes(),
        record.kind.as_bytes(),
        &body.len().to_be_bytes(),
        body.as_bytes(),
        &reason.len().to_be_bytes(),
        reason.as_bytes(),
    ]
    .concat();
    keyring.mac(PURPOSE, &message).to_vec()
}

/// Every version is as it was signed, and none is missing before the last: whoever can write to the database gives no
/// record another author or date (ASVS 11.3.3).
///
/// # Errors
/// [`SealingError::Integrity`].
#[enforces(CRYPTO_AAD_BINDING)]
pub(super) fn verify(
    keyring: &Keyring,
    record: &RecordRow,
    versions: &[Signed<'_>],
) -> Result<(), SealingError> {
    let mut previous: Option<&[u8]> = None;
    let mut expected = 0_i32;
    for signed in versions {
        expected = expected.saturating_add(1);
        let made = sign(keyring, record, signed.version, signed.body, signed.reason, previous);
        let genuine = made == signed.version.signature && signed.version.version == expected;
        if !genuine {
            return Err(SealingError::Integrity);
        }
        previous = Some(&signed.version.signature);
    }
    if expected == record.version { Ok(()) } else { Err(SealingError::Integrity) }
}

/// A version with its text in the clear.
pub(super) struct Signed<'a> {
    pub(super) version: &'a VersionRow,
    pub(super) body: &'a str,
    pub(super) reason: Option<&'a str>,
}
