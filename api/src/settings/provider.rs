//! The built-in OpenID provider.

use serde::Deserialize;

/// `[provider]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderSettings {
    /// Whether people sign in here. Switched off, only the providers of `identity.issuers` vouch for callers.
    pub enabled: bool,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        Self { enabled: true }
    }
}
