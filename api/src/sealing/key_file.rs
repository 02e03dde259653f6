//! The provider that keeps one key in a local file: for one machine, or for replicas that are handed the same file.

use super::{DataKey, KeyProvider, Purpose, SealingError};
use crate::ids::OrganizationId;
use aws_lc_rs::{
    digest,
    hkdf::{HKDF_SHA256, Prk, Salt},
    rand::fill,
};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Derives every key from 32 random bytes by HKDF-SHA-256 (RFC 5869), for organization and purpose.
pub struct LocalKeyFile {
    id: u32,
    root: Prk,
}

impl LocalKeyFile {
    /// Reads the key, or makes one on the first run: 32 bytes, readable by the owner only.
    ///
    /// # Errors
    /// When the file is readable by others, is not a plain file of 32 bytes, or can't be read or made.
    pub fn open(file: &Path) -> Result<Self, SealingError> {
        open_secret(file)
            .map(|secret| Self::new(&secret))
            .map_err(|error| SealingError::Provider(format!("the key file {}: {error}", file.display())))
    }

    fn new(secret: &[u8; 32]) -> Self {
        // A fingerprint, so that values sealed with another file's key say so.
        let fingerprint =
            digest::digest(&digest::SHA256, &[b"brigandine key id".as_slice(), secret].concat());
        let id = fingerprint.as_ref().first_chunk().copied().map_or(0, u32::from_be_bytes);
        Self { id, root: Salt::new(HKDF_SHA256, b"brigandine/1").extract(secret) }
    }
}

impl KeyProvider for LocalKeyFile {
    fn current_key_id(&self) -> u32 {
        self.id
    }

    fn data_key(
        &self,
        key_id: u32,
        organization: OrganizationId,
        purpose: Purpose,
    ) -> Result<DataKey, SealingError> {
        if key_id != self.id {
            return Err(SealingError::UnknownKey(key_id));
        }
        let failed = |_| SealingError::Provider("key derivation failed".into());
        let mut key = Zeroizing::new([0; 32]);
        let info = [organization.as_uuid().as_bytes().as_slice(), purpose.label().as_bytes()];
        self.root
            .expand(&info, HKDF_SHA256)
            .and_then(|derived| derived.fill(key.as_mut_slice()))
            .map_err(failed)?;
        Ok(DataKey::new(key))
    }
}

/// Reads 32 secret bytes, or makes them on the first run, readable by the owner only.
///
/// # Errors
/// When the file is readable by others, is not a plain file of 32 bytes, or can't be read or made.
pub(crate) fn open_secret(file: &Path) -> io::Result<Zeroizing<[u8; 32]>> {
    match read_secret(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(file).and_then(|()| read_secret(file)),
        other => other,
    }
}

/// Reads 32 secret bytes that must be there already.
///
/// # Errors
/// As [`open_secret`], and when there is no such file.
pub(crate) fn read_secret(path: &Path) -> io::Result<Zeroizing<[u8; 32]>> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() != 32 {
        return Err(io::Error::new(ErrorKind::InvalidData, "must be a file of exactly 32 bytes"));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(io::Error::new(
            ErrorKind::PermissionDenied,
            "must be readable by its owner only (chmod 600)",
        ));
    }
    let mut secret = Zeroizing::new([0; 32]);
    file.read_exact(secret.as_mut_slice())?;
    Ok(secret)
}

/// Writes beside the name and links it there when it is complete: of two processes that start at once, one wins and the
/// other reads the winner's key.
fn make(path: &Path) -> io::Result<()> {
    let mut secret = Zeroizing::new([0; 32]);
    fill(secret.as_mut_slice()).map_err(|_| io::Error::other("no random numbers"))?;
    if let Some(directory) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let draft = path.with_extension(format!("{}.new", Uuid::new_v4()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written = file.write_all(secret.as_slice()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn place() -> PathBuf {
        std::env::temp_dir().join(format!("brigandine-keys-{}", Uuid::new_v4())).join("field.key")
    }

    #[test]
    fn the_first_run_makes_a_private_file_and_the_second_reads_it() {
        let file = place();
        let first = LocalKeyFile::open(&file).unwrap();
        let second = LocalKeyFile::open(&file).unwrap();
        assert_eq!(first.id, second.id);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let directory = file.parent().unwrap();
        assert_eq!(fs::metadata(directory).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(directory).unwrap().count(), 1, "the draft is gone");
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let file = place();
        LocalKeyFile::open(&file).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert!(LocalKeyFile::open(&file).is_err(), "{mode:o}");
        }
        fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_cut_file_is_refused_and_not_replaced() {
        let file = place();
        LocalKeyFile::open(&file).unwrap();
        fs::write(&file, [7; 31]).unwrap();
        assert!(LocalKeyFile::open(&file).is_err());
        assert_eq!(fs::read(&file).unwrap(), [7; 31]);
        fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }
}
