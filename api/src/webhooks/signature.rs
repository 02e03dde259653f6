//! The header fields of a delivery (Standard Webhooks, "Webhook headers").

use super::secret::Secret;
use crate::{ids::DeliveryId, protection::WEBHOOK_SIGNATURE};
use brigandine_enforce::enforces;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

/// `webhook-id`: the same each time that a message is sent, so that whoever got it twice knows.
///
/// No dot in it: the parts that are signed are joined by dots, and nothing of one can pass for the beginning of the next
/// (Standard Webhooks, "Signature scheme").
#[enforces(WEBHOOK_SIGNATURE, answers = format!("msg.{}", delivery.as_uuid().simple()))]
pub(super) fn message_id(delivery: DeliveryId) -> String {
    format!("msg_{}", delivery.as_uuid().simple())
}

/// The fields, signed by each secret in turn.
pub(super) fn headers(
    delivery: DeliveryId,
    timestamp: i64,
    body: &str,
    secrets: &[&Secret],
) -> Option<HeaderMap> {
    let id = message_id(delivery);
    let signatures: Vec<String> = secrets.iter().map(|secret| secret.sign(&id, timestamp, body)).collect();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("brigandine-webhooks"));
    Some(headers)
}
