//! What administrators see of programs and their keys.

use super::rows::Program;
use crate::{
    identity::api_keys::{ApiKey, ApiKeyRow},
    ids::{ApiKeyId, RegistrationId},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A program.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApiClientView {
    #[schema(value_type = uuid::Uuid)]
    id: RegistrationId,
    /// What it calls itself at the token endpoint.
    client_id: String,
    name: String,
    scopes: Vec<String>,
    /// Where it may call from; everywhere, if empty.
    networks: Vec<String>,
    /// `standard` or `fapi2`.
    profile: String,
    /// Whether all of its tokens are bound to a key (DPoP).
    dpop_bound: bool,
    /// The `kid`s of the keys that it signs its assertions with.
    signing_keys: Vec<String>,
    /// `active` or `revoked`.
    status: String,
    created_at: DateTime<Utc>,
}

impl From<Program> for ApiClientView {
    fn from(Program { row, networks }: Program) -> Self {
        let keys = row.jwks.as_ref().and_then(|jwks| jwks.0.get("keys")?.as_array());
        let kid = |key: &Value| Some(key.get("kid")?.as_str()?.to_owned());
        Self {
            id: row.id,
            client_id: row.client_id,
            name: row.name,
            scopes: words(&row.scope),
            networks: texts(&networks.0),
            profile: row.profile,
            dpop_bound: row.dpop_bound,
            signing_keys: keys.into_iter().flatten().filter_map(kid).collect(),
            status: row.status,
            created_at: row.created_at.time(),
        }
    }
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApiKeyView {
    #[schema(value_type = uuid::Uuid)]
    id: ApiKeyId,
    name: String,
    /// The beginning of the key, to tell it from others.
    hint: String,
    scopes: Vec<String>,
    /// Where it may be used from; wherever its program may call from, if empty.
    networks: Vec<String>,
    /// `active`, `expired` or `revoked`.
    status: &'static str,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    /// To five minutes; absent if it was never used.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
}

impl ApiKeyView {
    pub(super) fn of(row: &ApiKeyRow, now: DateTime<Utc>) -> Self {
        let status = match row.revoked_at {
            Some(_) => "revoked",
            None if row.expires_at.time() <= now => "expired",
            None => "active",
        };
        Self {
            id: row.id,
            name: row.name.clone(),
            hint: row.hint.clone(),
            scopes: words(&row.scope),
            networks: texts(&row.networks.0),
            status,
            created_at: row.created_at.time(),
            expires_at: row.expires_at.time(),
            last_used_at: row.last_used_at.map(|at| at.time()),
        }
    }
}

/// A key that was made just now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewApiKeyView {
    /// The key itself. It is not shown again: nothing that is kept leads back to it.
    key: String,
    #[serde(flatten)]
    about: ApiKeyView,
}

impl NewApiKeyView {
    pub(super) fn of(key: &ApiKey, row: &ApiKeyRow, now: DateTime<Utc>) -> Self {
        Self { key: key.as_str().to_owned(), about: ApiKeyView::of(row, now) }
    }
}

fn words(scope: &str) -> Vec<String> {
    scope.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn texts(stored: &Value) -> Vec<String> {
    stored.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
