//! What administrators see. The secret half of a credential never leaves.

use super::super::{
    PublicKey,
    providers::{Credential, ProviderId, ProviderRow},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// The organization's providers.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::identity) struct ProviderList {
    pub(super) providers: Vec<ProviderForAdmin>,
    /// The e-mail domains that the operator knows to be the organization's.
    pub(super) domains: Vec<String>,
}

/// A provider, with what has to be registered there.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::identity) struct ProviderForAdmin {
    #[schema(value_type = uuid::Uuid)]
    id: ProviderId,
    name: String,
    issuer: String,
    client_id: String,
    /// `private_key_jwt` or `client_secret_basic`.
    authentication: String,
    /// The key to be registered at the provider, for `private_key_jwt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<PublicKey>,
    /// The redirect URI to be registered there.
    redirect_uri: String,
    /// Where it may send logout tokens.
    backchannel_logout_uri: String,
    hosts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    status: String,
    created_at: DateTime<Utc>,
}

impl ProviderForAdmin {
    pub(super) fn of(row: ProviderRow, credential: &Credential, identifier: &str) -> Self {
        Self {
            id: row.id,
            hosts: row.hosts(),
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            authentication: row.authentication,
            key: match credential {
                Credential::Key(key) => Some(key.public()),
                Credential::Secret(_) => None,
            },
            redirect_uri: format!("{identifier}/signin/callback"),
            backchannel_logout_uri: format!("{identifier}/signin/backchannel-logout"),
            acr: row.acr,
            status: row.status,
            created_at: row.created_at.time(),
        }
    }
}
