//! A file on its way in: sealed before it touches the disk, and gone unless it is kept.

use crate::{
    protection::UPLOAD_RESOURCE_LIMITS,
    sealing::{FileKey, Place, SealingError, SealingWriter},
};
use brigandine_enforce::enforces;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// The name of the lock beside a process's folder.
const LOCK: &str = "lock";

/// Makes this process's own folder, and removes those of processes that live no more. Several processes may share the
/// files: only a lock tells whose owner is gone.
pub(super) fn claim(folder: &Path) -> io::Result<(PathBuf, File)> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // Gone meanwhile: another process starts as well.
        let Some(lock) = path.extension().filter(|extension| *extension == LOCK).and(File::open(&path).ok())
        else {
            continue;
        };
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(path.with_extension(""));
            let _ = fs::remove_file(&path);
        }
    }
    let own = folder.join(Uuid::new_v4().to_string());
    let lock = OpenOptions::new().write(true).create_new(true).mode(0o600).open(own.with_extension(LOCK))?;
    lock.try_lock().map_err(|_| io::Error::other("the lock of a new folder is taken"))?;
    DirBuilder::new().mode(0o700).create(&own)?;
    Ok((own, lock))
}

/// A name in the file system that goes with this value.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

/// What is refused, or broke off, leaves nothing behind: else whoever is refused often enough fills the disk (CWE-459).
#[enforces(UPLOAD_RESOURCE_LIMITS)]
fn remove(unfinished: &Path) {
    let _ = fs::remove_file(unfinished);
}

/// A file that is being written.
pub struct Arriving {
    writer: SealingWriter<File>,
    temporary: Temporary,
}

impl Arriving {
    pub(super) fn begin(folder: &Path, key: &FileKey, place: Place<'_>) -> Result<Self, SealingError> {
        let path = folder.join(Uuid::new_v4().to_string());
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let temporary = Temporary(path);
        Ok(Self { writer: SealingWriter::new(file, key, place)?, temporary })
    }

    /// Takes more of it.
    ///
    /// # Errors
    /// From the file system.
    pub fn write(&mut self, plain: &[u8]) -> Result<(), SealingError> {
        self.writer.write(plain)
    }

    /// Takes what can only be written to something.
    ///
    /// # Errors
    /// From the file system.
    pub fn write_all(
        &mut self,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<u64>,
    ) -> Result<(), SealingError> {
        write(&mut Taking(&mut self.writer))?;
        Ok(())
    }

    /// Ends it, and waits until the disk has it: a row must not name a file that a power cut takes.
    ///
    /// # Errors
    /// From the file system.
    pub fn finish(self) -> Result<Arrived, SealingError> {
        let size = self.writer.taken();
        self.writer.finish()?.sync_all()?;
        Ok(Arrived { size, temporary: self.temporary })
    }
}

/// A whole file that is not kept yet.
pub struct Arrived {
    /// Its plain bytes.
    pub size: u64,
    temporary: Temporary,
}

impl Arrived {
    pub(super) fn move_to(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.temporary.0, path)
    }
}

/// A writer as the standard library has them.
struct Taking<'a>(&'a mut SealingWriter<File>);

impl io::Write for Taking<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
