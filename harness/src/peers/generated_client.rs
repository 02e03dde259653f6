//! A client that is generated from the service's document (npm `openapi-typescript`, `openapi-fetch`), compiled, and sent to
//! book an appointment.

use super::{Steps, install, node::Node, story};
use crate::{
    arena::Persona,
    attacks::{Actor, Scene},
    verdict::AttackError,
};
use serde_json::{Value, json};
use std::{path::Path, process::Stdio};
use tokio::process::Command;
use uuid::Uuid;

const SCRIPT: &str = "client/booking.mjs";

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/client");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("openapi.json"), story::document(scene).await?.to_string())?;
    let generated = package("openapi-typescript", &["openapi.json", "--output", "api.d.ts"], &folder).await;
    steps.step("openapi-typescript: a client is generated from the document", generated);
    let project = install::folder().join("client");
    let compiled = package("tsc", &["--project", &project.display().to_string()], &folder).await;
    steps.step("tsc: it compiles in strict mode, and what the document does not allow does not", compiled);

    let clinician = scene.actor(Persona::ClinA1)?;
    let setup = json!({
        "clinician": { "id": clinician.id(), "token": clinician.token() },
        "patient": patient(scene, Persona::PatA1).await?,
        "other": patient(scene, Persona::PatA2).await?,
    });
    let (peer, _) = Node::start(SCRIPT, &story::with(story::way(scene)?, setup)).await?;
    story::hear(peer, steps).await
}

async fn patient(scene: &Scene, persona: Persona) -> Result<Value, AttackError> {
    let (record, actor): (Uuid, Actor) = (scene.record_of(persona).await?.id, scene.actor(persona)?);
    Ok(json!({ "id": record, "token": actor.token() }))
}

/// Runs a program of the installed packages.
async fn package(name: &str, arguments: &[&str], folder: &Path) -> Result<(), String> {
    let program = install::folder().join("node_modules/.bin").join(name);
    let output =
        Command::new(program).args(arguments).current_dir(folder).stdin(Stdio::null()).output().await;
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(String::from_utf8_lossy(&said).trim().to_owned())
}
