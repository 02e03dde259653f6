//! How callers show who they are.

use crate::access::PermissionName;
use serde_json::{Map, Value, json};

/// A token, by whatever way the caller came to it; and the built-in provider's way to one.
pub(super) fn schemes(identifier: &str) -> Value {
    let scopes: Map<String, Value> = PermissionName::ALL
        .iter()
        .map(|name| (name.scope().to_owned(), json!(format!("Operations that need `{}`.", name.scope()))))
        .collect();
    let at = |path: &str| format!("{identifier}{path}");
    json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "at+jwt",
            "description": "An access token (RFC 9068) of any issuer that `/.well-known/oauth-protected-resource` names, or a program's API key.",
        },
        "oauth": {
            "type": "oauth2",
            "description": "The built-in provider. People sign in with PKCE; programs sign an assertion.",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": at("/oauth2/authorize"),
                    "tokenUrl": at("/oauth2/token"),
                    "refreshUrl": at("/oauth2/token"),
                    "scopes": scopes,
                },
                "clientCredentials": { "tokenUrl": at("/oauth2/token"), "scopes": scopes },
            },
        },
    })
}

/// Either will do.
pub(super) fn requirement(scope: &str) -> Value {
    json!([{ "token": [scope] }, { "oauth": [scope] }])
}
