//! What the provider says of itself (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), and its keys.

use super::authorization::scopes_supported;
use crate::{
    http::answer::{Answer, AnswerDescription},
    http::problem::Problem,
    service::Service,
};
use actix_web::{HttpResponse, http::StatusCode};
use serde_json::{Value, json};

/// What assertions and proofs may be signed with.
const ALGORITHMS: [&str; 3] = ["EdDSA", "Ed25519", "ES256"];

/// A document whose members the standards name.
pub(super) struct Document(Option<Value>);

impl Answer for Document {
    fn respond(self) -> Result<HttpResponse, Problem> {
        crate::http::answer::document(StatusCode::OK, self.0.as_ref())
    }

    fn describe() -> AnswerDescription {
        AnswerDescription::nothing()
    }
}

pub(super) fn openid(service: &Service) -> Document {
    Document(service.provider.as_ref().map(|_| metadata(service)))
}

pub(super) fn oauth(service: &Service) -> Document {
    openid(service)
}

pub(super) fn jwks(service: &Service) -> Document {
    Document(service.provider.as_ref().map(|provider| provider.keys.jwks()))
}

fn metadata(service: &Service) -> Value {
    let issuer = &service.identifier;
    let at = |path: &str| format!("{issuer}{path}");
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth2/authorize"),
        "pushed_authorization_request_endpoint": at("/oauth2/par"),
        "token_endpoint": at("/oauth2/token"),
        "revocation_endpoint": at("/oauth2/revoke"),
        "introspection_endpoint": at("/oauth2/introspect"),
        "userinfo_endpoint": at("/oauth2/userinfo"),
        "end_session_endpoint": at("/oauth2/logout"),
        "jwks_uri": at("/oauth2/jwks"),
        "scopes_supported": scopes_supported(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "dpop_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": ["1", "2"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "email", "email_verified"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "claims_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    })
}
