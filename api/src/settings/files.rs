//! Files that only their owner may read.

use super::SettingsError;
use crate::protection::{CONFIG_SECURE_START, TLS_CERT_HYGIENE};
use brigandine_enforce::enforces;
use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Makes the directory with mode 0700, or insists that an existing one is closed to other users.
///
/// # Errors
/// When it can't be made, or others may enter it.
pub fn private_directory(path: &Path) -> Result<(), SettingsError> {
    let refuse = |advice: String| SettingsError::new(path.display().to_string(), advice);
    match fs::metadata(path) {
        Ok(about) if !about.is_dir() => Err(refuse("is not a directory".into())),
        Ok(about) => check_not_writable(path, &about.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| refuse(format!("cannot be made: {error}"))),
        Err(error) => Err(refuse(format!("cannot be read: {error}"))),
    }
}

/// Insists that group and others have no rights to a file of secrets.
///
/// # Errors
/// `insecure_key_permissions`, when they have.
pub fn private_file_is_private(path: &Path) -> Result<(), SettingsError> {
    let unreadable =
        |error| SettingsError::new(path.display().to_string(), format!("cannot be read: {error}"));
    let permissions = fs::metadata(path).map_err(unreadable)?.permissions();
    check_not_readable(path, &permissions)
}

/// Whoever may write into the directory could put keys and a database of their own there (CWE-732).
#[enforces(CONFIG_SECURE_START)]
fn check_not_writable(directory: &Path, permissions: &Permissions) -> Result<(), SettingsError> {
    if permissions.mode() & 0o022 != 0 {
        let advice = "others may write into this directory; run `chmod go-w` on it";
        return Err(SettingsError::new(directory.display().to_string(), advice));
    }
    Ok(())
}

/// A key that other users of the machine can read is theirs as well (CWE-732).
#[enforces(TLS_CERT_HYGIENE)]
fn check_not_readable(file: &Path, permissions: &Permissions) -> Result<(), SettingsError> {
    if permissions.mode() & 0o077 != 0 {
        let advice = "insecure_key_permissions: others may read this file; run `chmod 600` on it";
        return Err(SettingsError::new(file.display().to_string(), advice));
    }
    Ok(())
}

/// Writes a new file with mode 0600; an existing one is never overwritten.
///
/// # Errors
/// From the file system.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    // The mode given to `open` is narrowed by the umask, never widened; say it once more for odd file systems.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.sync_all()
}
