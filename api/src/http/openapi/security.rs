//! How callers show who they are.

use crate::access::{PermissionName, in_plain_words};
use serde_json::{Map, Value, json};

/// A token, by whatever way the caller came to it; and the built-in provider's way to one.
pub(super) fn schemes(identifier: &str) -> Value {
    let scopes: Map<String, Value> = PermissionName::ALL
        .iter()
        .map(|name| (name.scope().to_owned(), json!(capitalised(in_plain_words(name.scope())))))
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
            "description": "The built-in provider. People sign in with PKCE; programs sign an assertion. Access tokens follow RFC 9068, live five minutes, and are verified as RFC8725 asks.",
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

/// A sentence of words that follow "It asks to".
fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Either will do. A bearer token's scopes are in `x-scope`: OpenAPI lists them for OAuth only.
pub(super) fn requirement(scope: &str) -> Value {
    json!([{ "token": [] }, { "oauth": [scope] }])
}
