//! Headless Chromium, driven by npm `playwright-core`, at the sign-in pages.

use super::{Steps, node::Node, story};
use crate::{arena::seed, attacks::Scene, verdict::AttackError};
use serde_json::{Map, Value, json};
use std::path::Path;

const SCRIPT: &str = "browser.mjs";
/// Debian's.
pub(super) const EXECUTABLE: &str = "/usr/bin/chromium";
/// The applications that people come from: somebody else's, and the operator's own.
const CLIENTS: [(&str, &str, bool); 2] = [("desk", "Front Desk", true), ("console", "Console", false)];
/// Who takes part: name, role, and whether they have an authenticator app.
const PEOPLE: [(&str, &str, bool); 4] = [
    ("administrator", "admin", true),
    ("receptionist", "reception", false),
    ("clinician", "clinician", false),
    ("auditor", "auditor", true),
];

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    must_be_installed()?;
    let people: Map<String, Value> = PEOPLE
        .into_iter()
        .map(|(name, _, has_app)| {
            (name.to_owned(), with_app(story::person(&format!("browser-{name}")), has_app))
        })
        .collect();
    let import = json!({
        "accounts": people.values().collect::<Vec<_>>(),
        "organizations": [{ "name": "Northside Clinic", "members": members(&people) }],
        "clients": CLIENTS.map(client),
    });
    story::import(scene, &import).await?;
    // Kept after the run: people look at them.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/browser");
    std::fs::create_dir_all(&folder)?;
    let setup = json!({
        "executable": EXECUTABLE, "folder": folder, "desk": "desk", "console": "console",
        "passkeys": cfg!(feature = "passkeys"),
    });
    let setup = story::with(setup, Value::Object(people));
    let (peer, _) = Node::start(SCRIPT, &story::with(story::way(scene)?, setup)).await?;
    story::hear(peer, steps).await
}

/// Says where the browser comes from, if it is not there.
pub(super) fn must_be_installed() -> Result<(), AttackError> {
    if Path::new(EXECUTABLE).exists() {
        return Ok(());
    }
    Err(AttackError::Setup(format!("there is no {EXECUTABLE}; Debian's package chromium has it")))
}

fn with_app(person: Value, has_app: bool) -> Value {
    if has_app { story::with(person, json!({ "totp_seed": seed() })) } else { person }
}

fn members(people: &Map<String, Value>) -> Vec<Value> {
    let member = |(name, role, _): (&str, &str, bool)| {
        let email = people.get(name).and_then(|person| person.get("email"));
        json!({ "subject": email, "display_name": name, "role": role })
    };
    PEOPLE.into_iter().map(member).collect()
}

fn client((client_id, name, third_party): (&str, &str, bool)) -> Value {
    json!({
        "client_id": client_id,
        "name": name,
        "redirect_uris": ["http://127.0.0.1/callback", "http://127.0.0.1/callback?hops=2", "http://[::1]/callback"],
        "grant_types": "authorization_code refresh_token",
        "scope": "openid profile:read patients:read",
        "third_party": third_party,
    })
}
