//! Typed settings: from a TOML file, then from the environment, checked before anything starts.
//!
//! A key that nobody reads is a mistake and stops the start; so does every value that would weaken the service.
//! The environment wins over the file (`BRIGANDINE_SERVER__LISTEN` is `server.listen`), and the names of the keys
//! it replaced are kept for the start-up log.

mod checks;
mod cors;
mod database;
mod documents;
mod egress;
mod files;
mod identity;
mod keys;
mod limits;
mod log;
mod mail;
mod operations;
mod passwords;
mod provider;
mod server;
mod sources;
mod tls;
mod upstream;
mod versions;

use crate::protection::ACCOUNT_DEFAULT_CREDS;
pub use cors::CorsSettings;
pub use database::DatabaseSettings;
pub use documents::{ClamdAddress, DocumentSettings, ScannerChoice};
pub use egress::EgressSettings;
pub use files::{private_directory, private_file_is_private, write_private};
pub use identity::{FederationSettings, IdentitySettings, IssuerSettings};
pub use keys::KeySettings;
pub use limits::LimitSettings;
pub use log::{LogFormat, LogSettings};
pub use mail::{MailSettings, MailTls};
pub use operations::OperationsSettings;
pub use passwords::PasswordSettings;
pub use provider::ProviderSettings;
pub use server::ServerSettings;
pub use tls::TlsSettings;
pub use upstream::{InsurerSettings, UpstreamSettings};
pub use versions::VersionSettings;

use brigandine_enforce::enforces;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Why the settings were refused: the key, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {advice}")]
pub struct SettingsError {
    /// The dotted key, or the file.
    pub key: String,
    /// One sentence for the operator.
    pub advice: String,
}

impl SettingsError {
    /// A refusal of `key` with advice.
    pub fn new(key: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { key: key.into(), advice: advice.into() }
    }
}

/// Everything the service can be told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where certificates, keys and the embedded database live; made with mode 0700 if absent.
    #[serde(default = "default_data_directory")]
    pub data_directory: PathBuf,
    /// The public listener.
    #[serde(default)]
    pub server: ServerSettings,
    /// The operations listener.
    #[serde(default)]
    pub operations: OperationsSettings,
    /// Certificate and key.
    #[serde(default)]
    pub tls: TlsSettings,
    /// SQLite or PostgreSQL.
    #[serde(default)]
    pub database: DatabaseSettings,
    /// Whose tokens are believed.
    #[serde(default)]
    pub identity: IdentitySettings,
    /// The built-in OpenID provider.
    #[serde(default)]
    pub provider: ProviderSettings,
    /// Which browser origins may call.
    #[serde(default)]
    pub cors: CorsSettings,
    /// Deprecated operations.
    #[serde(default)]
    pub versions: VersionSettings,
    /// What the service calls by itself.
    #[serde(default)]
    pub egress: EgressSettings,
    /// APIs that the service asks.
    #[serde(default)]
    pub upstream: UpstreamSettings,
    /// Rates.
    #[serde(default)]
    pub limits: LimitSettings,
    /// The keys that seal columns.
    #[serde(default)]
    pub keys: KeySettings,
    /// How mails leave.
    #[serde(default)]
    pub mail: MailSettings,
    /// Files that are uploaded.
    #[serde(default)]
    pub documents: DocumentSettings,
    /// How passwords are hashed.
    #[serde(default)]
    pub passwords: PasswordSettings,
    /// What is logged.
    #[serde(default)]
    pub log: LogSettings,
    /// Keys that the environment set, for the start-up log.
    #[serde(skip)]
    pub from_environment: Vec<String>,
}

fn default_data_directory() -> PathBuf {
    PathBuf::from("data")
}

/// A variable of the environment as [`Settings::load`] takes it; none where it is not text and nobody's business.
///
/// # Errors
/// When it is one of this service's, and not text.
pub fn variable(
    variable: (std::ffi::OsString, std::ffi::OsString),
) -> Result<Option<(String, String)>, SettingsError> {
    sources::variable(variable)
}

/// Every key is read, and one that nobody knows stops the start: a demonstration's accounts, too (CWE-1392; ASVS 6.3.2).
#[enforces(ACCOUNT_DEFAULT_CREDS, otherwise = crate::vulnerable::settings::without_demo_data)]
fn as_written(table: toml::Table) -> toml::Table {
    table
}

impl Settings {
    /// Reads `file` (if any), lays the `BRIGANDINE_…` variables over it, and checks the result.
    ///
    /// # Errors
    /// [`SettingsError`] names the first key that is unknown, malformed, missing or unsafe.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut table = match file {
            Some(file) => sources::read(file)?,
            None => toml::Table::new(),
        };
        let from_environment = sources::overlay(&mut table, environment)?;
        let settings: Self = sources::typed(as_written(table))?;
        let settings = Self { from_environment, ..settings };
        checks::check(&settings)?;
        Ok(settings)
    }

    /// A path as the settings mean it: relative ones live under the data directory.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.data_directory.join(path)
    }
}
