//! npm `openid-client`, a certified OpenID client, against the built-in provider.

use super::{Steps, node::Node, story};
use crate::{attacks::Scene, verdict::AttackError};
use serde_json::{Value, json};

const SCRIPT: &str = "openid-client.mjs";
/// Nothing listens there: the script reads the answer off the redirection.
const REDIRECT: &str = "https://planner.example/callback";
/// An installed program listens there, on whatever port it gets (RFC 8252 §7.3).
const NATIVE: [&str; 2] = ["http://127.0.0.1/native", "http://[::1]/native"];
const LOGGED_OUT: &str = "https://planner.example/goodbye";

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    // A receptionist: a role that may sign in with the password alone.
    let person = story::person("reception");
    let colleague = story::person("colleague");
    let setup = json!({
        "redirect": REDIRECT, "native": NATIVE, "loggedOut": LOGGED_OUT, "person": person, "colleague": colleague,
    });
    let (mut peer, keys) = Node::start(SCRIPT, &story::with(story::way(scene)?, setup)).await?;
    let administrator = story::person("administrator");
    let import = json!({
        "accounts": [person, colleague, administrator],
        "organizations": [{
            "name": "Openid Clinic",
            "members": [
                { "subject": administrator.get("email"), "display_name": "Administrator", "role": "admin" },
                { "subject": person.get("email"), "display_name": "Reception", "role": "reception" },
                { "subject": colleague.get("email"), "display_name": "Colleague", "role": "reception" },
            ],
        }],
        "clients": clients(&keys),
    });
    story::import(scene, &import).await?;
    let program = scene.program(|body| drop(body.insert("jwks".into(), key(&keys, "machine")))).await?;
    peer.ask(&json!({ "machine": program.client_id })).await?;
    story::hear(peer, steps).await
}

fn clients(keys: &Value) -> Value {
    json!([
        {
            "client_id": "planner",
            "name": "Ward Planner",
            "redirect_uris": [REDIRECT, NATIVE[0], NATIVE[1]],
            "post_logout_redirect_uris": [LOGGED_OUT],
            "grant_types": "authorization_code refresh_token",
            "scope": "openid email offline_access profile:read patients:read",
            "third_party": true,
        },
        {
            "client_id": "ward",
            "name": "Ward Server",
            "redirect_uris": [REDIRECT],
            "grant_types": "authorization_code refresh_token",
            "scope": "openid offline_access profile:read",
            "jwks": key(keys, "ward"),
            "dpop_bound": true,
            "fapi": true,
        },
    ])
}

/// The public keys that the script made for a client.
fn key(keys: &Value, client: &str) -> Value {
    keys.get(client).cloned().unwrap_or_default()
}
