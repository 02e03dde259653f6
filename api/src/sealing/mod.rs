//! Encryption at rest, before SQL: the database, its files, WAL, replicas and dumps never hold the plain text.
//!
//! AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D §8.2.2), a key per organization, and the place of the value
//! bound as additional data: a ciphertext that is moved to another row, column or tenant, or put back after a change,
//! does not open. Equality search goes through a keyed blind index.
//!
//! - `provider`: where key material comes from; the door for a key management service.
//! - `key_file`: the provider that keeps one key in a local file.
//! - `sealed`: the bytes that go into a column, and the place they are bound to.
//! - `stream`: files, in chunks.

mod key_file;
mod provider;
mod sealed;
mod stream;

pub use key_file::LocalKeyFile;
pub(crate) use key_file::{open_secret, read_secret};
pub use provider::{DataKey, KeyProvider, Purpose};
pub use sealed::{Place, Sealed};
pub use stream::{CHUNK, FileKey, OpeningReader, SealingWriter};

use crate::{
    ids::OrganizationId,
    protection::{CRYPTO_AAD_BINDING, CRYPTO_FIELD_ENCRYPTION},
};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    constant_time::verify_slices_are_equal,
    hmac,
    rand::fill,
};
use brigandine_enforce::enforces;
use sealed::{HEADER, SEALED};
use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

/// Prepared keys held at once, of each kind. Beyond it one gives way; preparing it anew costs microseconds.
const PREPARED: usize = 1024;

/// A failure of sealing or opening. None of them tells what was in the value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// The value was altered, moved from another place, or put back: see [`Place`].
    #[error("a sealed value does not open in its place")]
    Integrity,
    /// The bytes are not in the sealed format, or are marked as plain text.
    #[error("a stored value is not sealed")]
    Malformed,
    /// Sealed with a key that this provider does not have.
    #[error("a value was sealed with the unknown key {0:08x}")]
    UnknownKey(u32),
    /// The key provider failed.
    #[error("the key provider failed: {0}")]
    Provider(String),
    /// A sealed file can't be read or written.
    #[error("a sealed file can't be read or written: {0}")]
    File(#[from] std::io::Error),
}

/// Seals, opens and indexes. Cheap to clone.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    provider: Box<dyn KeyProvider>,
    sealing: Prepared<(u32, OrganizationId), LessSafeKey>,
    indexing: Prepared<OrganizationId, hmac::Key>,
    mac: hmac::Key,
}

impl Keyring {
    /// A keyring over a provider.
    ///
    /// # Errors
    /// When the provider can't be reached.
    pub fn new(provider: impl KeyProvider + 'static) -> Result<Self, SealingError> {
        let nobody = OrganizationId::from_uuid(Uuid::nil());
        let mac = provider.data_key(provider.current_key_id(), nobody, Purpose::Mac)?;
        Ok(Self(Arc::new(Inner {
            provider: Box::new(provider),
            sealing: Prepared::default(),
            indexing: Prepared::default(),
            mac: hmac::Key::new(hmac::HMAC_SHA256, mac.bytes()),
        })))
    }

    /// Encrypts a value for one place: who gets hold of the database, its files or a dump reads nothing (ASVS 14.2.4,
    /// CWE-311).
    ///
    /// # Errors
    /// When the provider fails.
    #[enforces(CRYPTO_FIELD_ENCRYPTION, otherwise = crate::vulnerable::sealing::keep_plain)]
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Sealed, SealingError> {
        let key_id = self.0.provider.current_key_id();
        let key = self.sealing_key(key_id, place.organization)?;
        let mut nonce = [0; NONCE_LEN];
        fill(&mut nonce).map_err(|_| SealingError::Provider("no random numbers".into()))?;
        let mut body = plain.to_vec();
        let sealed = key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad(place, key_id)),
                &mut body,
            )
            .map_err(|_| SealingError::Integrity);
        if sealed.is_err() {
            body.zeroize();
        }
        sealed?;
        Ok(Sealed::from_bytes([&[SEALED], key_id.to_be_bytes().as_slice(), &nonce, &body].concat()))
    }

    /// Decrypts the value that stands in a place.
    ///
    /// # Errors
    /// [`SealingError::Integrity`] when it was not sealed for this very place, or has been altered.
    pub fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<String>, SealingError> {
        text(self.open_bytes(place, sealed)?)
    }

    /// As [`Keyring::open`], for what is no text. Only what was sealed opens: a column never holds its value in the clear
    /// (CWE-311).
    ///
    /// # Errors
    /// As [`Keyring::open`].
    #[enforces(CRYPTO_FIELD_ENCRYPTION, otherwise = crate::vulnerable::sealing::take_plain)]
    pub fn open_bytes(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        self.open_sealed(place, sealed)
    }

    /// Only what was sealed opens: else whoever can write to the database could hand in values that never were encrypted
    /// (CWE-345).
    #[enforces(CRYPTO_AAD_BINDING, otherwise = crate::vulnerable::sealing::take_what_was_there_before)]
    pub(crate) fn open_sealed(
        &self,
        place: Place<'_>,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        self.decrypt(place, sealed)
    }

    pub(crate) fn decrypt(
        &self,
        place: Place<'_>,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let (version, key_id, nonce, body) = split(sealed.as_bytes()).ok_or(SealingError::Malformed)?;
        if version != SEALED {
            return Err(SealingError::Malformed);
        }
        let key = self.sealing_key(key_id, place.organization)?;
        let mut body = body.to_vec();
        let length = key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad(place, key_id)), &mut body)
            .map_err(|_| SealingError::Integrity)?
            .len();
        body.truncate(length);
        Ok(Zeroizing::new(body))
    }

    /// A value's fingerprint for equality search: HMAC-SHA-256 under the organization's own key, cut to 128 bits. Equal
    /// values have equal fingerprints within an organization and a purpose, and nowhere else: no dictionary opens them
    /// (CWE-759). The caller normalises the text first (case, spaces).
    ///
    /// # Errors
    /// When the provider fails.
    #[enforces(CRYPTO_FIELD_ENCRYPTION, otherwise = crate::vulnerable::sealing::index_without_key)]
    pub fn blind_index(
        &self,
        organization: OrganizationId,
        purpose: &str,
        text: &str,
    ) -> Result<[u8; 16], SealingError> {
        let provider = &self.0.provider;
        let key = self.0.indexing.get(organization, || {
            let key = provider.data_key(provider.current_key_id(), organization, Purpose::BlindIndex)?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, key.bytes()))
        })?;
        Ok(first_half(hmac::sign(&key, &framed(purpose, text.as_bytes())).as_ref()))
    }

    /// A keyed checksum of what the service gives out and takes back, such as a cursor.
    #[must_use]
    pub fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let mut mac = [0; 32];
        mac.copy_from_slice(hmac::sign(&self.0.mac, &framed(purpose, data)).as_ref());
        mac
    }

    /// Whether the checksum belongs to the data; in constant time, so that it can't be found byte by byte.
    #[must_use]
    pub fn verify_mac(&self, purpose: &str, data: &[u8], mac: &[u8]) -> bool {
        verify_slices_are_equal(&self.mac(purpose, data), mac).is_ok()
    }

    fn sealing_key(
        &self,
        key_id: u32,
        organization: OrganizationId,
    ) -> Result<Arc<LessSafeKey>, SealingError> {
        self.0.sealing.get((key_id, organization), || {
            let key = self.0.provider.data_key(key_id, organization, Purpose::FieldEncryption)?;
            let key = UnboundKey::new(&AES_256_GCM, key.bytes())
                .map_err(|_| SealingError::Provider("a key has the wrong length".into()))?;
            Ok(LessSafeKey::new(key))
        })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keyring")
    }
}

/// The additional data of a value: its place. A ciphertext that is moved to another row, column or tenant, or put back
/// after a change, does not open (NIST SP 800-38D, CWE-345).
#[enforces(CRYPTO_AAD_BINDING, answers = Vec::new())]
fn aad(place: Place<'_>, key_id: u32) -> Vec<u8> {
    place.bytes(key_id)
}

type Parts<'a> = (u8, u32, [u8; NONCE_LEN], &'a [u8]);

fn split(bytes: &[u8]) -> Option<Parts<'_>> {
    let (header, body) = bytes.split_first_chunk::<HEADER>()?;
    let (version, rest) = header.split_first()?;
    let (key_id, nonce) = rest.split_first_chunk::<4>()?;
    Some((*version, u32::from_be_bytes(*key_id), nonce.try_into().ok()?, body))
}

fn text(mut plain: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, SealingError> {
    String::from_utf8(std::mem::take(&mut *plain)).map(Zeroizing::new).map_err(|error| {
        error.into_bytes().zeroize();
        SealingError::Malformed
    })
}

/// The purpose's length goes first, so that no purpose and data run together into another pair.
pub(crate) fn framed(purpose: &str, data: &[u8]) -> Vec<u8> {
    [&purpose.len().to_be_bytes(), purpose.as_bytes(), data].concat()
}

pub(crate) fn first_half(hash: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(hash) {
        *to = *from;
    }
    half
}

/// A bounded map of keys that are ready for use.
struct Prepared<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K, V> Default for Prepared<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash, V> Prepared<K, V> {
    fn get(
        &self,
        name: K,
        prepare: impl FnOnce() -> Result<V, SealingError>,
    ) -> Result<Arc<V>, SealingError> {
        if let Some(key) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(Arc::clone(key));
        }
        // Outside the lock: a provider may take its time.
        let key = Arc::new(prepare()?);
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= PREPARED
            && let Some(other) = keys.keys().next().copied()
        {
            keys.remove(&other);
        }
        keys.insert(name, Arc::clone(&key));
        Ok(key)
    }
}

#[cfg(test)]
mod tests;
