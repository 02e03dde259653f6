//! Asks a provider for a JSON document, over TLS only.
//!
//! A provider is trusted for what it signs, and for nothing else: its answers are bounded in size and time, and its
//! redirects are not followed.

use reqwest::{Client, Response};
use serde::de::DeserializeOwned;

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
