//! A directory that goes away with its owner.

use super::ArenaError;
use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// A private directory under the system's temporary one, removed on drop.
#[derive(Debug)]
pub struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    /// Makes it, readable by its owner only.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn new() -> Result<Self, ArenaError> {
        let path = std::env::temp_dir().join(format!("brigandine-{}", uuid::Uuid::new_v4().simple()));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| ArenaError::Io(path.display().to_string(), error))?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // Best effort: the system clears its temporary directory too.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
