//! Files that came from outside: taken in piece by piece, sealed before they touch the disk, looked at by a scanner.
//!
//! ```text
//! documents/
//!   incoming/<process>/<random>         on its way in; gone with the request, or with the process
//!   kept/<organization>/<id>            a whole file
//!   unsettled/<organization>.<id>       empty: nobody has judged that file yet
//! ```
//! All names are random. What the client called a file is a value in a row.
//!
//! - `incoming`: a file on its way in.
//! - `scanner`: the door to whoever looks for malware.
//! - `clamd`: what is spoken behind it.

mod clamd;
mod incoming;
mod scanner;

pub use incoming::{Arrived, Arriving};
pub use scanner::{Scanner, ScannerError, Verdict};

use crate::{
    http::problem::{Kind, Problem},
    ids::OrganizationId,
    limits::{Share, Shares, share_of_tenant},
    sealing::{FileKey, OpeningReader, Place, SealingError},
    settings::{Settings, SettingsError, private_directory},
};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::sync::Notify;
use uuid::Uuid;

/// Files that may come in at once: each has a thread's turn and some 200 KiB.
const AT_ONCE: usize = 16;
/// …of one organization: a file may take minutes to arrive.
const SHARE: usize = 6;

/// How large files may be.
#[derive(Clone, Copy, Debug)]
pub struct FileLimits {
    /// One file, in bytes.
    pub file: u64,
    /// The files of one member.
    pub member: u64,
    /// The files of one organization.
    pub organization: u64,
}

/// The files of this service. Cheap to clone.
#[derive(Clone)]
pub struct Files(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    incoming: PathBuf,
    /// Locked for as long as this process lives: so another one knows whose unfinished files are nobody's.
    _alive: File,
    limits: FileLimits,
    scanner: Scanner,
    arriving: Shares<OrganizationId>,
    arrived: Notify,
}

/// A file that nobody has judged yet.
#[derive(Clone, Copy, Debug)]
pub struct Unsettled {
    /// Whose.
    pub organization: OrganizationId,
    /// Which.
    pub id: Uuid,
    /// Since when.
    pub age: Duration,
}

impl Files {
    /// Makes the folders, and removes what a process that is gone left unfinished.
    ///
    /// # Errors
    /// When the folders can't be made.
    pub fn open(settings: &Settings) -> Result<Self, SettingsError> {
        let folder = settings.data_directory.join(&settings.documents.directory);
        let refuse = |error: io::Error| {
            SettingsError::new("documents.directory", format!("{}: {error}", folder.display()))
        };
        for name in ["incoming", "kept", "unsettled"] {
            private_directory(&folder.join(name))?;
        }
        let (incoming, alive) = incoming::claim(&folder.join("incoming")).map_err(refuse)?;
        let scanner = Scanner::new(settings.documents.scanner.as_ref())?;
        scanner.announce();
        let limits = &settings.documents;
        Ok(Self(Arc::new(Inner {
            folder,
            incoming,
            _alive: alive,
            limits: FileLimits {
                file: limits.file_bytes,
                member: limits.member_bytes,
                organization: limits.organization_bytes,
            },
            scanner,
            arriving: Shares::of(AT_ONCE, share_of_tenant),
            arrived: Notify::new(),
        })))
    }

    /// How large files may be.
    #[must_use]
    pub fn limits(&self) -> FileLimits {
        self.0.limits
    }

    /// Who looks at them.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.0.scanner
    }

    /// The right to send a file now.
    ///
    /// # Errors
    /// `overloaded`.
    pub fn admit(&self, organization: OrganizationId) -> Result<Share, Problem> {
        self.0.arriving.try_take(organization, SHARE).map_err(|full| Problem::overloaded(&full))
    }

    /// Begins a file.
    ///
    /// # Errors
    /// From the file system.
    pub fn begin(&self, key: &FileKey, place: Place<'_>) -> Result<Arriving, SealingError> {
        Arriving::begin(&self.0.incoming, key, place)
    }

    /// Gives a whole file its place, not judged yet. Called inside the transaction that writes its row: where that one
    /// fails, the file is an [`Unsettled`] one without a row.
    ///
    /// # Errors
    /// From the file system.
    pub fn keep(&self, arrived: Arrived, organization: OrganizationId, id: Uuid) -> Result<(), SealingError> {
        let path = self.path(organization, id);
        if let Some(parent) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.mark(organization, id))?;
        Ok(arrived.move_to(&path)?)
    }

    /// Says that a file is about to lose its row. It goes once the row is gone; if that fails, it stays.
    ///
    /// # Errors
    /// From the file system.
    pub fn doom(&self, organization: OrganizationId, id: Uuid) -> Result<(), SealingError> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(self.mark(organization, id))?;
        Ok(())
    }

    /// Opens a kept file.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn read(
        &self,
        organization: OrganizationId,
        id: Uuid,
        key: &FileKey,
        place: Place<'_>,
    ) -> Result<OpeningReader<File>, SealingError> {
        OpeningReader::new(File::open(self.path(organization, id))?, key, place)
    }

    /// Removes a file; one that is gone already is fine.
    ///
    /// # Errors
    /// From the file system.
    pub fn remove(&self, organization: OrganizationId, id: Uuid) -> io::Result<()> {
        gone(fs::remove_file(self.path(organization, id)))?;
        self.settle(organization, id)
    }

    /// Notes that a file was judged, and that its row says so.
    ///
    /// # Errors
    /// From the file system.
    pub fn settle(&self, organization: OrganizationId, id: Uuid) -> io::Result<()> {
        gone(fs::remove_file(self.mark(organization, id)))
    }

    /// The files that nobody has judged.
    ///
    /// # Errors
    /// From the file system.
    pub fn unsettled(&self) -> io::Result<Vec<Unsettled>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.0.folder.join("unsettled"))? {
            let entry = entry?;
            let name = entry.file_name();
            let ids = name.to_str().and_then(|name| name.split_once('.'));
            let ids = ids.and_then(|(of, id)| Some((Uuid::try_parse(of).ok()?, Uuid::try_parse(id).ok()?)));
            // One that another process settles at this moment is none of ours.
            let (Some((organization, id)), Ok(about)) = (ids, entry.metadata()) else { continue };
            let age = about.modified().ok().and_then(|at| SystemTime::elapsed(&at).ok());
            found.push(Unsettled {
                organization: OrganizationId::from_uuid(organization),
                id,
                age: age.unwrap_or_default(),
            });
        }
        Ok(found)
    }

    /// Says that there is a file to judge.
    pub fn announce(&self) {
        self.0.arrived.notify_one();
    }

    /// Waits until there is one.
    pub async fn announced(&self) {
        self.0.arrived.notified().await;
    }

    fn path(&self, organization: OrganizationId, id: Uuid) -> PathBuf {
        self.0.folder.join("kept").join(organization.to_string()).join(id.to_string())
    }

    fn mark(&self, organization: OrganizationId, id: Uuid) -> PathBuf {
        self.0.folder.join("unsettled").join(format!("{organization}.{id}"))
    }

    /// Where they lie.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.0.folder
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // What this process did not finish, the next one removes.
        let _ = fs::remove_dir_all(&self.incoming);
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Runs what waits for the disk on a thread that may wait.
///
/// # Errors
/// The work's own; `internal-error`, when its thread broke.
pub async fn blocking<T: Send + 'static, E: Into<Problem> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(Into::into),
        Err(broken) => Err(Problem::internal(&broken)),
    }
}

impl From<ScannerError> for Problem {
    fn from(error: ScannerError) -> Self {
        Self::new(Kind::DependencyUnavailable).failed(&error)
    }
}

#[cfg(test)]
mod clamd_tests;
#[cfg(test)]
mod tests;
