//! The keys that seal columns at rest.

use serde::Deserialize;
use std::path::PathBuf;

/// `[keys]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// The local key file, relative to the data directory; made on the first run, readable by its owner only.
    pub file: PathBuf,
}

impl Default for KeySettings {
    fn default() -> Self {
        Self { file: "keys/field.key".into() }
    }
}
