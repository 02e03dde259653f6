//! Headless Chromium, driven by npm `playwright-core`, at the sign-in pages.

use super::{Steps, node::Node, story};
use crate::{attacks::Scene, verdict::AttackError};
use serde_json::json;
use std::path::Path;

const SCRIPT: &str = "browser.mjs";
const EXECUTABLE: &str = "/usr/bin/chromium";
/// The application that people come from.
const CLIENT: &str = "desk";

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    if !Path::new(EXECUTABLE).exists() {
        return Err(AttackError::Setup(format!(
            "there is no {EXECUTABLE}; Debian's package chromium has it"
        )));
    }
    let administrator = story::person("browser-administrator");
    let receptionist = story::person("browser-receptionist");
    let import = json!({
        "accounts": [administrator, receptionist],
        "organizations": [{
            "name": "Northside Clinic",
            "members": [
                { "subject": administrator["email"], "display_name": "Administrator", "role": "admin" },
                { "subject": receptionist["email"], "display_name": "Receptionist", "role": "reception" },
            ],
        }],
        "clients": [{
            "client_id": CLIENT,
            "name": "Front Desk",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "grant_types": "authorization_code refresh_token",
            "scope": "openid profile:read patients:read",
            "third_party": true,
        }],
    });
    story::import(scene, &import).await?;
    // Kept after the run: people look at them.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/browser");
    std::fs::create_dir_all(&folder)?;
    let setup = json!({
        "executable": EXECUTABLE, "folder": folder, "client": CLIENT, "receptionist": receptionist,
    });
    let (peer, _) = Node::start(SCRIPT, &story::with(story::way(scene)?, setup)).await?;
    story::hear(peer, steps).await
}
