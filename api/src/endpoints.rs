//! The table of contents: every endpoint of every version. What is not listed here is not served.

use crate::{
    clinic,
    http::{answer::Shown, deprecation, endpoint::Endpoint},
    identity, organizations,
    service::Service,
    webhooks,
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A domain: what a service is for, over the platform that serves it.
#[derive(Clone, Copy, Debug)]
pub struct Domain {
    /// Its endpoints.
    pub endpoints: fn() -> Vec<Endpoint>,
    /// Starts what runs beside them.
    pub work_beside: fn(&Arc<Service>),
    /// What webhooks can be told of.
    pub event_types: &'static [&'static str],
}

/// The domains that are served: a row each.
const DOMAINS: &[Domain] = &[clinic::DOMAIN];

/// Every endpoint.
#[must_use]
pub fn all() -> Vec<Endpoint> {
    let mut endpoints = vec![Endpoint::public(
        "/.well-known/oauth-protected-resource",
        "describeResource",
        "Says whose tokens this API takes, and which scopes there are (RFC 9728).",
        describe_resource,
    )];
    endpoints.push(Endpoint::public(
        deprecation::LIST,
        "listDeprecations",
        "Lists the operations that end, when, and what succeeds them.",
        deprecation::list,
    ));
    endpoints.extend(identity::provider::endpoints());
    endpoints.extend(identity::credentials::endpoints());
    endpoints.extend(identity::sessions::endpoints());
    endpoints.extend(identity::factors::endpoints());
    endpoints.extend(identity::federation::endpoints());
    endpoints.extend(organizations::endpoints());
    endpoints.extend(organizations::invitations::endpoints());
    endpoints.extend(webhooks::endpoints());
    endpoints.extend(of_domains());
    endpoints
}

/// The endpoints that the platform would not have by itself.
#[must_use]
pub fn of_domains() -> Vec<Endpoint> {
    DOMAINS.iter().flat_map(|domain| (domain.endpoints)()).collect()
}

/// Starts what runs beside the endpoints.
pub fn work_beside(service: &Arc<Service>) {
    DOMAINS.iter().for_each(|domain| (domain.work_beside)(service));
}

/// Everything that webhooks can be told of.
#[must_use]
pub fn event_types() -> Vec<&'static str> {
    let domains = DOMAINS.iter().flat_map(|domain| domain.event_types);
    organizations::EVENT_TYPES.iter().chain(domains).copied().collect()
}

/// What a client must know to get a token for this API (RFC 9728 §2).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProtectedResource {
    resource: String,
    authorization_servers: Vec<String>,
    scopes_supported: Vec<&'static str>,
    bearer_methods_supported: [&'static str; 1],
    dpop_signing_alg_values_supported: [&'static str; 2],
}

fn describe_resource(service: &Service) -> Shown<ProtectedResource> {
    let mut scopes: Vec<&'static str> =
        crate::access::PermissionName::ALL.iter().map(|name| name.scope()).collect();
    scopes.dedup();
    Shown(ProtectedResource {
        resource: service.identifier.clone(),
        authorization_servers: service.identity.issuer_identifiers(),
        scopes_supported: scopes,
        bearer_methods_supported: ["header"],
        dpop_signing_alg_values_supported: ["EdDSA", "ES256"],
    })
}
