//! The folder that mails are left in when there is no SMTP server: for trying the service out.

use crate::{
    clock::Clock,
    settings::{Settings, SettingsError, private_directory, write_private},
};
use chrono::TimeDelta;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// How long a mail that nobody sent is worth looking at: its links have expired.
const KEPT: TimeDelta = TimeDelta::days(7);

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

    /// Removes what has lain here for long: the folder must not fill the disk that the database is on.
    pub(super) fn forget_old(&self) -> io::Result<()> {
        let before = (self.clock.now() - KEPT).timestamp_micros();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            // Nothing but what was left by `leave`, complete or not.
            let written = name.to_str().map(|name| name.trim_start_matches('.')).and_then(|name| {
                let (time, _) = name.split_once('-').filter(|(time, _)| time.len() == 16)?;
                time.parse::<i64>().ok()
            });
            if written.is_some_and(|written| written < before) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Leaves a mail. It is written beside and renamed, so that whoever watches the folder never reads half of one.
    pub(super) fn leave(&self, mail: &[u8]) -> io::Result<()> {
        let name = format!("{:016}-{}", self.clock.now().timestamp_micros(), Uuid::new_v4());
        let beside = self.folder.join(format!(".{name}"));
        write_private(&beside, mail)?;
        fs::rename(&beside, self.folder.join(format!("{name}.eml")))
    }
}
