//! Where key material comes from.

use super::SealingError;
use crate::ids::OrganizationId;
use std::fmt;
use zeroize::Zeroizing;

/// What a key is used for. A key has one purpose (NIST SP 800-57 part 1 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// AES-256-GCM over columns.
    FieldEncryption,
    /// HMAC-SHA-256 over what is searched for.
    BlindIndex,
    /// HMAC-SHA-256 over what is given out and taken back, such as cursors.
    Mac,
}

impl Purpose {
    /// Its name in key derivation. Changing one makes stored data unreadable.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::FieldEncryption => "field-encryption",
            Self::BlindIndex => "blind-index",
            Self::Mac => "mac",
        }
    }
}

/// Hands out data keys: from a file, or from a key management service.
pub trait KeyProvider: Send + Sync {
    /// The id of the key that new values are sealed with.
    fn current_key_id(&self) -> u32;

    /// The key of an organization for a purpose.
    ///
    /// # Errors
    /// [`SealingError::UnknownKey`] when no key has that id, [`SealingError::Provider`] when it can't be had now.
    fn data_key(
        &self,
        key_id: u32,
        organization: OrganizationId,
        purpose: Purpose,
    ) -> Result<DataKey, SealingError>;
}

/// 256 bits, wiped on drop.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// The key with these bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DataKey([REDACTED])")
    }
}
