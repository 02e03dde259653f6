//! Fetches an issuer's keys: OpenID discovery, then the JWKS document, over TLS only.
//!
//! The provider is trusted to sign tokens, and for nothing else: its answers are bounded in size and time, its
//! redirects are not followed, and a document that names another issuer is refused (OIDC Discovery §4.3).

use super::jwks::{self, Keys};
use crate::settings::{IssuerSettings, SettingsError};
use jsonwebtoken::jwk::Jwk;
use reqwest::{Certificate, Client, redirect};
use serde::{Deserialize, de::DeserializeOwned};
use std::time::Duration;

/// For connecting, and for everything together.
const CONNECT: Duration = Duration::from_secs(2);
const TOTAL: Duration = Duration::from_secs(5);
/// Larger than any honest document.
const LARGEST: usize = 256 * 1024;

/// Why no keys came.
#[derive(Debug, thiserror::Error)]
pub(super) enum DiscoveryError {
    #[error("the provider did not answer")]
    Unreachable(#[from] reqwest::Error),
    #[error("the provider answered with status {0}")]
    Status(u16),
    #[error("the answer is larger than {LARGEST} bytes")]
    TooLarge,
    #[error("the answer is not the document that was asked for")]
    Malformed(#[from] serde_json::Error),
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

/// Keys that can't be read, of kinds that are not known here, must not take the others with them.
#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

pub(super) fn client(settings: &IssuerSettings) -> Result<Client, SettingsError> {
    let refuse = |advice: String| SettingsError::new("identity.issuers.root_certificate_file", advice);
    let mut builder = Client::builder()
        .https_only(true)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(TOTAL);
    if let Some(file) = &settings.root_certificate_file {
        let name = file.display();
        let pem = std::fs::read(file).map_err(|error| refuse(format!("{name} cannot be read: {error}")))?;
        let roots = Certificate::from_pem_bundle(&pem)
            .map_err(|_| refuse(format!("{name} holds no PEM certificate")))?;
        if roots.is_empty() {
            return Err(refuse(format!("{name} holds no PEM certificate")));
        }
        builder = builder.tls_certs_only(roots);
    }
    builder.build().map_err(|error| refuse(format!("the TLS client can't be made: {error}")))
}

pub(super) async fn fetch(client: &Client, issuer: &str) -> Result<Keys, DiscoveryError> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let discovery: Discovery = get(client, &address).await?;
    if discovery.issuer != issuer {
        return Err(DiscoveryError::OtherIssuer);
    }
    if !discovery.jwks_uri.starts_with("https://") {
        return Err(DiscoveryError::NotHttps);
    }
    let document: Document = get(client, &discovery.jwks_uri).await?;
    let keys: Vec<Jwk> =
        document.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
    let keys = jwks::usable(&keys);
    if keys.is_empty() { Err(DiscoveryError::NoKeys) } else { Ok(keys) }
}

async fn get<T: DeserializeOwned>(client: &Client, address: &str) -> Result<T, DiscoveryError> {
    let mut answer = client.get(address).header("accept", "application/json").send().await?;
    if !answer.status().is_success() {
        return Err(DiscoveryError::Status(answer.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > LARGEST {
            return Err(DiscoveryError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&body)?)
}
