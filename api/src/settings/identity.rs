//! Whose tokens are believed.

use ipnet::IpNet;
use serde::Deserialize;
use std::path::PathBuf;

/// `[identity]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentitySettings {
    /// Trusted OpenID providers.
    pub issuers: Vec<IssuerSettings>,
    /// How the organizations' own providers are reached.
    pub federation: FederationSettings,
}

/// `[identity.federation]`: sign-in by an organization's own OpenID provider. The providers themselves are kept by the
/// organizations' administrators.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FederationSettings {
    /// CA of the providers, in place of the public ones.
    pub root_certificate_file: Option<PathBuf>,
    /// Networks beside the public internet that a provider may stand in.
    pub networks: Vec<IpNet>,
}

/// `[[identity.issuers]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// Exactly what its tokens say in `iss`; https only. Its keys are found by OpenID discovery below it.
    pub issuer: String,
    /// What its tokens must say in `aud`; `server.base_url` unless set.
    #[serde(default)]
    pub audience: Option<String>,
    /// CA of the provider, in place of the public ones.
    #[serde(default)]
    pub root_certificate_file: Option<PathBuf>,
    /// Seconds after which its keys are fetched again.
    #[serde(default = "default_refresh")]
    pub jwks_refresh_seconds: u64,
}

const fn default_refresh() -> u64 {
    300
}
