//! Linters of others on the service's document (Spectral with its OpenAPI and OWASP rules, and redocly), on the harness's
//! report (SARIF's own schema), and on the workflows (actionlint).

use super::{Steps, install, node::Node, story};
use crate::{
    attacks::Scene,
    report::{Shelf, sample},
    verdict::AttackError,
};
use serde_json::json;
use std::path::Path;

const SCRIPT: &str = "linters/lint.mjs";

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    install::linters().await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/linters");
    std::fs::create_dir_all(&folder)?;
    let document = folder.canonicalize()?.join("openapi.json");
    std::fs::write(&document, story::document(scene).await?.to_string())?;
    let report = document.with_file_name("report.sarif");
    let served = "https://git.example/docs/protections".parse().ok();
    std::fs::write(&report, sample::report().await?.to_sarif(&Shelf { served }).to_string())?;
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let setup = json!({ "document": document, "report": report, "workspace": workspace });
    let (peer, _) = Node::start(SCRIPT, &setup).await?;
    story::hear(peer, steps).await
}
