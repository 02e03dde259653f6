//! Which browser origins may call.

use serde::Deserialize;

/// `[cors]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CorsSettings {
    /// Exact origins, https only: `https://app.example.org`. No wildcard, no `null`, no pattern.
    pub origins: Vec<String>,
}
