//! Fetches an issuer's keys: OpenID discovery, then the JWKS document. A document that names another issuer is refused
//! (OIDC Discovery §4.3).

use super::{
    documents::{DocumentError, get},
    jwks::{self, Keys, Uses},
};
use crate::{
    egress::client,
    settings::{IssuerSettings, SettingsError},
};
use reqwest::Client;
use serde::Deserialize;

/// Why no keys came.
#[derive(Debug, thiserror::Error)]
pub(super) enum DiscoveryError {
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error("the discovery document names another issuer")]
    OtherIssuer,
    #[error("the keys are not offered over https")]
    NotHttps,
    #[error("the document holds no usable signing key")]
    NoKeys,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// A client for an issuer that the operator named: it may stand anywhere.
pub(super) fn client(settings: &IssuerSettings) -> Result<Client, SettingsError> {
    let key = "identity.issuers.root_certificate_file";
    client::build(client::trusting(settings.root_certificate_file.as_deref(), key)?, key)
}

/// Where an issuer's metadata is (OIDC Discovery §4).
pub(super) fn address(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

pub(super) async fn fetch(client: &Client, issuer: &str) -> Result<Keys, DiscoveryError> {
    let discovery: Discovery = get(client, &address(issuer)).await?;
    if discovery.issuer != issuer {
        return Err(DiscoveryError::OtherIssuer);
    }
    if !discovery.jwks_uri.starts_with("https://") {
        return Err(DiscoveryError::NotHttps);
    }
    let keys = jwks::fetch(client, &discovery.jwks_uri, Uses::AccessTokens).await?;
    if keys.len() == 0 { Err(DiscoveryError::NoKeys) } else { Ok(keys) }
}
