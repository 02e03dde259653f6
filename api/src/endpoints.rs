//! The table of contents: every endpoint of every version. What is not listed here is not served.

use crate::{
    audit::Reason,
    clinic,
    http::{answer::Shown, deprecation, endpoint::Endpoint, problem::Kind},
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
    /// What it alone answers, of the kinds that only domains do.
    pub kinds: &'static [Kind],
    /// Why it alone refuses, of the reasons that only domains have.
    pub reasons: &'static [Reason],
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

/// Every kind of problem that this service answers.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let platform = Kind::ALL.iter().filter(|kind| !Kind::OF_DOMAINS.contains(kind));
    platform.chain(DOMAINS.iter().flat_map(|domain| domain.kinds)).copied().collect()
}

/// Every reason for which this service refuses.
#[must_use]
pub fn reasons() -> Vec<Reason> {
    let domains = DOMAINS.iter().flat_map(|domain| domain.reasons);
    Reason::OF_PLATFORM.iter().chain(domains).copied().collect()
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

#[cfg(test)]
mod tests {
    use super::all;
    use crate::access::{Effect, Strength};
    use actix_web::http::Method;

    /// POST, for clients that can't put a token into a GET (OpenID Connect Core §5.3.1).
    const READ_BY_POST: [&str; 1] = ["/oauth2/userinfo"];

    #[test]
    fn what_changes_something_says_what_comes_of_it() {
        for endpoint in all() {
            let (name, effect) = (endpoint.operation, endpoint.effect());
            let reads = endpoint.method == Method::GET || READ_BY_POST.contains(&endpoint.path);
            match effect {
                None => {}
                Some(Effect::Reads | Effect::Exports) if reads => {}
                Some(effect) => {
                    assert!(!reads, "{name} reads by a permission that {}", effect.name());
                    assert!(
                        effect != Effect::Reads,
                        "{name} changes something by a permission that only reads"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_that_outlasts_a_session_is_done_by_an_old_one() {
        for effect in Effect::ALL {
            let usual =
                [Effect::Reads, Effect::Ordinary, Effect::Assigns, Effect::Withdraws].contains(&effect);
            assert_eq!(effect.strength() == Strength::Usual, usual, "{}", effect.name());
        }
        let sensitive = |operation: &str| {
            all().iter().find(|endpoint| endpoint.operation == operation).is_some_and(|it| it.is_sensitive())
        };
        for operation in ["addMember", "changeMember", "inviteMember", "addProvider", "changeProvider"] {
            assert!(sensitive(operation), "{operation}");
        }
    }
}
