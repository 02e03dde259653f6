//! Which deprecated operations are gone before their day.

use serde::Deserialize;

/// `[versions]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VersionSettings {
    /// Names of deprecated operations that answer 410 already: what nobody uses any more is one door less.
    pub retired: Vec<String>,
}
