//! The commands of the README and of the arena, as they are written there: bash, curl, openssl and Chromium do what a
//! reader would.

use super::{Steps, browser, node::Node, story};
use crate::{
    attacks::Scene,
    command::{ENDS, REFUSED},
    verdict::AttackError,
};
use serde_json::json;
use std::path::Path;

const SCRIPT: &str = "first-steps.mjs";

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    browser::must_be_installed()?;
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let setup = json!({
        "executable": browser::EXECUTABLE,
        "readme": workspace.join("README.md"),
        "service": scene.service()?.binary(),
        "harness": std::env::current_exe()?,
        "arena": { "refused": REFUSED, "ends": ENDS },
    });
    let (peer, _) = Node::start(SCRIPT, &setup).await?;
    story::hear(peer, steps).await
}
