//! Files that are uploaded: where they lie, how large they may be, who looks at them.

use super::SettingsError;
use serde::Deserialize;
use std::{
    net::SocketAddr,
    path::{Component, Path, PathBuf},
    str::FromStr,
};

const MIB: u64 = 1024 * 1024;

/// `[documents]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DocumentSettings {
    /// A folder under the data directory, of this service alone.
    pub directory: PathBuf,
    /// The largest file, in bytes.
    pub file_bytes: u64,
    /// What the files of one member may take together, in bytes.
    pub member_bytes: u64,
    /// What the files of one organization may take together, in bytes.
    pub organization_bytes: u64,
    /// Who looks for malware. Without this setting nothing can be uploaded.
    pub scanner: Option<ScannerChoice>,
}

/// `documents.scanner`
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum ScannerChoice {
    /// `{ clamd = "unix:/run/clamav/clamd.ctl" }`
    #[serde(rename_all = "lowercase")]
    Clamd {
        /// Where it listens.
        clamd: String,
    },
    /// `"none"`: the operator says so, in so many letters.
    Word(String),
}

/// Where a `clamd` listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClamdAddress {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A port of this machine.
    Tcp(SocketAddr),
}

impl FromStr for ClamdAddress {
    type Err = ();

    /// Files go there in clear, and whoever answers decides: it must be this machine.
    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = Path::new(path);
            return if path.is_absolute() { Ok(Self::Unix(path.to_owned())) } else { Err(()) };
        }
        let address: SocketAddr = text.parse().map_err(|_| ())?;
        if address.ip().is_loopback() { Ok(Self::Tcp(address)) } else { Err(()) }
    }
}

impl DocumentSettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let refuse = |key: &str, advice: &str| Err(SettingsError::new(format!("documents.{key}"), advice));
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if self.directory.as_os_str().is_empty() || !self.directory.components().all(plain) {
            return refuse("directory", "names a folder under the data directory");
        }
        if !(1..=1024 * MIB).contains(&self.file_bytes) {
            return refuse("file_bytes", "takes 1 byte to 1 GiB");
        }
        if self.member_bytes < self.file_bytes {
            return refuse("member_bytes", "must leave room for one file of documents.file_bytes");
        }
        if self.organization_bytes < self.member_bytes || i64::try_from(self.organization_bytes).is_err() {
            return refuse("organization_bytes", "must not be less than documents.member_bytes");
        }
        match &self.scanner {
            Some(ScannerChoice::Word(word)) if word != "none" => refuse(
                "scanner",
                "takes { clamd = \"unix:/…\" }, or \"none\" to keep files that nobody looked at",
            ),
            Some(ScannerChoice::Clamd { clamd }) if ClamdAddress::from_str(clamd).is_err() => refuse(
                "scanner.clamd",
                "takes unix:/an/absolute/path or a loopback address such as 127.0.0.1:3310",
            ),
            _ => Ok(()),
        }
    }
}

impl Default for DocumentSettings {
    fn default() -> Self {
        Self {
            directory: "documents".into(),
            file_bytes: 10 * MIB,
            member_bytes: 500 * MIB,
            organization_bytes: 10 * 1024 * MIB,
            scanner: None,
        }
    }
}
