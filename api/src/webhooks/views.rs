//! What administrators see.

use super::{
    rows::{DeliveryRow, WebhookRow},
    secret::Secret,
    signature,
};
use crate::ids::{DeliveryId, WebhookId};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An address that is told of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    #[schema(value_type = uuid::Uuid)]
    id: WebhookId,
    url: String,
    event_types: Vec<String>,
    /// `pending` until the address has answered a challenge; `disabled` when it said that it is gone (410).
    status: String,
    created_at: DateTime<Utc>,
    /// Until when deliveries bear a signature by the former secret too.
    #[serde(skip_serializing_if = "Option::is_none")]
    former_secret_until: Option<DateTime<Utc>>,
}

impl WebhookView {
    pub(crate) fn of(row: WebhookRow) -> Self {
        let kinds = row.event_types.0.as_array().into_iter().flatten();
        Self {
            id: row.id,
            url: row.url,
            event_types: kinds.filter_map(Value::as_str).map(str::to_owned).collect(),
            status: row.status,
            created_at: row.created_at.time(),
            former_secret_until: row.former_until.map(|until| until.time()),
        }
    }
}

/// An address that got a secret just now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookWithSecret {
    /// What its deliveries are signed with. It is not shown again.
    signing_secret: String,
    #[serde(flatten)]
    about: WebhookView,
}

impl WebhookWithSecret {
    pub(super) fn of(secret: &Secret, about: WebhookView) -> Self {
        Self { signing_secret: secret.shown().to_owned(), about }
    }
}

/// A message to an address. Nothing of what the address answered is here but its status.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryView {
    #[schema(value_type = uuid::Uuid)]
    id: DeliveryId,
    /// What the field `webhook-id` says.
    message_id: String,
    event_type: String,
    /// `due`, `delivered` or `failed`.
    status: String,
    attempts: i32,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_attempt_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<DateTime<Utc>>,
    /// The status of the last answer. Absent where none came, for whatever reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered: Option<i32>,
}

impl From<DeliveryRow> for DeliveryView {
    fn from(row: DeliveryRow) -> Self {
        let due = row.status == "due";
        Self {
            id: row.id,
            message_id: signature::message_id(row.id),
            event_type: row.event_type,
            status: row.status,
            attempts: row.attempts,
            created_at: row.created_at.time(),
            last_attempt_at: row.attempted_at.map(|at| at.time()),
            next_attempt_at: due.then(|| row.due_at.time()),
            answered: row.answered,
        }
    }
}
