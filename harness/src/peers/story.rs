//! A story that a script tells step by step.

use super::{Steps, node::Node};
use crate::{arena::TemporaryDirectory, attacks::Scene, verdict::AttackError};
use serde_json::{Value, json};

/// Tries one step after the other, to the end.
pub(super) async fn hear(mut peer: Node, steps: &mut Steps) -> Result<(), AttackError> {
    loop {
        let said = peer.ask(&json!({ "command": "next" })).await?;
        let Some(story) = said.get("story").and_then(Value::as_str) else { return Ok(()) };
        let failed = said.get("failed").and_then(Value::as_str);
        steps.step(story, failed.map_or(Ok(()), |why| Err(why.to_owned())));
    }
}

/// How a script finds the service.
pub(super) fn way(scene: &Scene) -> Result<Value, AttackError> {
    let target = scene.wire().target();
    let authority = std::str::from_utf8(&target.authority)
        .map_err(|_| AttackError::Setup("the service's authority is no PEM".into()))?;
    Ok(json!({
        "issuer": format!("https://{}", target.host),
        "address": target.public.ip(),
        "port": target.public.port(),
        "authority": authority,
    }))
}

/// The document that the service prints.
pub(super) async fn document(scene: &Scene) -> Result<Value, AttackError> {
    let process = scene.service()?;
    let (_, printed, said) = process.command(process.settings(), &["openapi"]).await?;
    serde_json::from_str(&printed)
        .map_err(|error| AttackError::Setup(format!("the document is no JSON ({error}): {said}")))
}

/// Adds members to a JSON object.
pub(super) fn with(mut object: Value, more: Value) -> Value {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

/// Somebody with an account.
pub(super) fn person(name: &str) -> Value {
    let password = format!("{name} {}", uuid::Uuid::new_v4());
    json!({ "email": format!("{name}@clinic.example"), "password": password })
}

/// Brings accounts, organizations and clients into the running service.
pub(super) async fn import(scene: &Scene, document: &Value) -> Result<Value, AttackError> {
    let folder = TemporaryDirectory::new()?;
    let file = folder.path().join("peers.json");
    std::fs::write(&file, document.to_string())?;
    let (process, file) = (scene.service()?, file.display().to_string());
    let (code, printed, said) = process.command(process.settings(), &["admin", "import", &file]).await?;
    serde_json::from_str(&printed)
        .map_err(|_| AttackError::Setup(format!("the import ended with {code}: {said}")))
}
