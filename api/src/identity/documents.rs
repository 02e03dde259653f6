//! Asks a provider for a JSON document, over TLS only.
//!
//! A provider is trusted for what it signs, and for nothing else: its answers are bounded in size and time, and its
//! redirects are not followed.

use crate::settings::SettingsError;
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect};
use serde::de::DeserializeOwned;
use std::{path::Path, time::Duration};

/// For connecting, and for everything together (catalogue P6).
const CONNECT: Duration = Duration::from_secs(2);
const TOTAL: Duration = Duration::from_secs(5);
/// Larger than any honest document.
const LARGEST: usize = 256 * 1024;

/// Why no document came.
#[derive(Debug, thiserror::Error)]
pub(super) enum DocumentError {
    #[error("the provider did not answer")]
    Unreachable(#[from] reqwest::Error),
    #[error("the provider answered with status {0}")]
    Status(u16),
    #[error("the answer is larger than {LARGEST} bytes")]
    TooLarge,
    #[error("the answer is not the document that was asked for")]
    Malformed(#[from] serde_json::Error),
}

/// A client that believes the authorities in `roots`, or the system's; `key` is the setting that named them.
pub(super) fn client(roots: Option<&Path>, key: &str) -> Result<ClientBuilder, SettingsError> {
    let refuse = |advice: String| SettingsError::new(key, advice);
    let builder = Client::builder()
        .https_only(true)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(TOTAL);
    let Some(file) = roots else { return Ok(builder) };
    let name = file.display();
    let pem = std::fs::read(file).map_err(|error| refuse(format!("{name} cannot be read: {error}")))?;
    let roots =
        Certificate::from_pem_bundle(&pem).map_err(|_| refuse(format!("{name} holds no PEM certificate")))?;
    if roots.is_empty() {
        return Err(refuse(format!("{name} holds no PEM certificate")));
    }
    Ok(builder.tls_certs_only(roots))
}

/// Makes the client; only a broken TLS set-up keeps it from being made.
pub(super) fn build(builder: ClientBuilder, key: &str) -> Result<Client, SettingsError> {
    builder.build().map_err(|error| SettingsError::new(key, format!("the TLS client can't be made: {error}")))
}

pub(super) async fn get<T: DeserializeOwned>(client: &Client, address: &str) -> Result<T, DocumentError> {
    read(client.get(address).header("accept", "application/json").send().await?).await
}

/// The document in an answer, if that is a success.
pub(super) async fn read<T: DeserializeOwned>(mut answer: Response) -> Result<T, DocumentError> {
    if !answer.status().is_success() {
        return Err(DocumentError::Status(answer.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > LARGEST {
            return Err(DocumentError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&body)?)
}
