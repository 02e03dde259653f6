//! What is served, and where.

use super::Attack;
use crate::attacks::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

mod deprecation_lifecycle;
mod mgmt_isolated;
mod openapi_parity;
mod version_isolation;
mod words;

pub(super) const ATTACKS: &[&[Attack]] = &[
    openapi_parity::ATTACKS,
    version_isolation::ATTACKS,
    deprecation_lifecycle::ATTACKS,
    mgmt_isolated::ATTACKS,
];

/// `GET /v1/patients/{patient}`
pub(in crate::attacks) type Operation = (String, String);

/// The operations of the document that the attacked binary prints.
pub(in crate::attacks) async fn operations(scene: &Scene) -> Result<BTreeMap<Operation, Value>, AttackError> {
    let service = scene.service()?;
    let (_, printed, _) = service.command(service.settings(), &["openapi"]).await?;
    let document: Value = serde_json::from_str(&printed)
        .map_err(|error| AttackError::Setup(format!("the document is no JSON: {error}")))?;
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    Ok(paths
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .into_iter()
                .flatten()
                .map(|(method, operation)| ((method.to_uppercase(), path.clone()), operation.clone()))
        })
        .collect())
}

/// What the document that the attacked binary prints says is served.
pub(in crate::attacks) async fn documented(scene: &Scene) -> Result<BTreeSet<Operation>, AttackError> {
    Ok(operations(scene).await?.into_keys().collect())
}

/// A path with its placeholders filled: by the scene's organization, and by what does not exist.
pub(in crate::attacks) fn filled(path: &str, scene: &Scene) -> String {
    path.replace("{organization}", &scene.a().to_string())
        .split('/')
        .map(|part| if part.starts_with('{') { Uuid::new_v4().to_string() } else { part.to_owned() })
        .collect::<Vec<_>>()
        .join("/")
}
