//! The database.

use secrecy::SecretString;
use serde::Deserialize;
use std::path::PathBuf;

/// `[database]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// `sqlite:FILE` (relative to the data directory) or `postgres://…` as the application role.
    pub url: SecretString,
    /// PostgreSQL as the owner of the schema; read by `migrate` and the admin commands only.
    pub migration_url: Option<SecretString>,
    /// CA of the PostgreSQL server. With it the connection is TLS, verified by name and CA; without it only a
    /// loopback server is accepted.
    pub root_certificate_file: Option<PathBuf>,
    /// Connections that each worker thread may open.
    pub connections_per_worker: usize,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: "sqlite:brigandine.sqlite".into(),
            migration_url: None,
            root_certificate_file: None,
            connections_per_worker: 4,
        }
    }
}
