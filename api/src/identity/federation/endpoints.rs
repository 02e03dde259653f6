//! What is served of this folder.

use super::{backchannel, callback, management, start};
use crate::{
    audit::EventName,
    http::{
        endpoint::{AuditRule, Endpoint},
        visit::Style::{OAuth, Page},
    },
    identity::fields,
};
use actix_web::http::Method;

const PROVIDERS: &str = "/v1/organizations/{organization}/identity-providers";
const PROVIDER: &str = "/v1/organizations/{organization}/identity-providers/{provider}";

/// The pages of a sign-in, the provider's own call, and the administrators' endpoints.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = pages();
    let changed = Some(AuditRule { event: EventName::ProviderChanged, object_type: "identity_provider" });
    endpoints.extend([
        Endpoint::new(
            Method::GET,
            PROVIDERS,
            "listProviders",
            "Lists the organization's own OpenID providers, and the e-mail domains it owns.",
            Some(AuditRule { event: EventName::SensitiveRead, object_type: "identity_provider" }),
            management::list,
        ),
        Endpoint::new(
            Method::POST,
            PROVIDERS,
            "addProvider",
            "Names an OpenID provider that staff may sign in with.",
            changed,
            management::add,
        ),
        Endpoint::new(
            Method::GET,
            PROVIDER,
            "readProvider",
            "Shows one of the organization's own OpenID providers.",
            Some(AuditRule { event: EventName::SensitiveRead, object_type: "identity_provider" }),
            management::show,
        ),
        Endpoint::new(
            Method::PATCH,
            PROVIDER,
            "changeProvider",
            "Changes how a provider is reached, or whether it may be used.",
            changed,
            management::change,
        ),
        Endpoint::new(
            Method::DELETE,
            PROVIDER,
            "removeProvider",
            "Removes a provider; nobody signs in with it any more.",
            changed,
            management::remove,
        ),
    ]);
    endpoints
}

fn pages() -> Vec<Endpoint> {
    vec![
        Endpoint::visited(
            Method::GET,
            "/signin/with",
            "showProvider",
            "Says which provider a sign-in goes to, or asks for the organization.",
            Page,
            &[fields::PROVIDER, fields::TRANSACTION, fields::LINK],
            start::show,
        ),
        Endpoint::visited(
            Method::POST,
            "/signin/find",
            "findProvider",
            "Finds the provider of the organization that owns an e-mail domain.",
            Page,
            &[fields::CSRF, fields::TRANSACTION, fields::EMAIL],
            start::find,
        ),
        Endpoint::visited(
            Method::POST,
            "/signin/with",
            "startFederatedSignIn",
            "Sends the browser to an organization's own provider.",
            Page,
            &[fields::CSRF, fields::TRANSACTION, fields::PROVIDER, fields::LINK],
            start::begin,
        ),
        Endpoint::visited(
            Method::GET,
            "/signin/callback",
            "endFederatedSignIn",
            "Takes the browser back from a provider (OpenID Connect Core §3.1.2.5).",
            Page,
            &[fields::FOREIGN_CODE, fields::FOREIGN_STATE, fields::ISS, fields::ERROR, fields::ERROR_DESCRIPTION, fields::SESSION_STATE],
            callback::callback,
        ),
        Endpoint::visited(
            Method::POST,
            "/signin/backchannel-logout",
            "endFederatedSessions",
            "Takes a provider's word that somebody signed out there (OpenID Connect Back-Channel Logout 1.0).",
            OAuth,
            &[fields::LOGOUT_TOKEN],
            backchannel::logout,
        )
        .silent(),
    ]
}
