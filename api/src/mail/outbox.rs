//! The folder that mails are left in when there is no SMTP server: for trying the service out.

use crate::{
    clock::Clock,
    settings::{Settings, SettingsError, private_directory, write_private},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// A folder of `.eml` files, named so that they sort by time.
#[derive(Clone)]
pub(super) struct Outbox {
    folder: PathBuf,
    clock: Clock,
}

impl Outbox {
    pub(super) fn open(settings: &Settings, clock: Clock) -> Result<Self, SettingsError> {
        let folder = settings.resolve(Path::new("outbox"));
        private_directory(&folder)?;
        Ok(Self { folder, clock })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Leaves a mail. It is written beside and renamed, so that whoever watches the folder never reads half of one.
    pub(super) fn leave(&self, mail: &[u8]) -> io::Result<()> {
        let name = format!("{:016}-{}", self.clock.now().timestamp_micros(), Uuid::new_v4());
        let beside = self.folder.join(format!(".{name}"));
        write_private(&beside, mail)?;
        fs::rename(&beside, self.folder.join(format!("{name}.eml")))
    }
}
