//! Certificate and key of both listeners.

use serde::Deserialize;
use std::path::PathBuf;

/// `[tls]`: both files or none. With none the service makes its own CA and certificate in the data directory.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsSettings {
    /// PEM, leaf first.
    pub certificate_file: Option<PathBuf>,
    /// PEM; readable by its owner only.
    pub key_file: Option<PathBuf>,
}
