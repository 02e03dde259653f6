//! Exports: `own` are those that the caller asked for.

use super::{Endpoint, Relation, nothing};
use crate::{
    arena::Persona,
    attacks::{Actor, Scene, exports::new_export},
    verdict::AttackError,
};
use serde_json::Value;

/// Each in the state from which the call goes on: approved to be fetched, else undecided.
pub(super) async fn path(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let by = match (relation, caller.map(Actor::persona)) {
        (Relation::Own, Some(persona @ (Persona::ClinA1 | Persona::RecepA))) => persona,
        (Relation::Own | Relation::Treated, _) => return Ok(None),
        (Relation::SameOrganization, _) => Persona::ClinA2,
        (Relation::OtherOrganization, _) => Persona::ClinB,
        (Relation::Absent, _) => {
            return Ok(Some(nothing(endpoint)));
        }
    };
    let patient = if by.is_of_b() { scene.patient_in_b().await? } else { scene.patient().await? };
    if by != Persona::RecepA {
        scene.cares(by, &patient).await?;
    }
    let export = if endpoint.path.ends_with("/content") {
        scene.approved_export(by, &patient, "json").await?
    } else {
        scene.export(by, &patient, "json").await?
    };
    Ok(Some(endpoint.path.replace("{export}", &export.id.to_string())))
}

/// Asked for on a day when nobody has asked for one.
pub(super) async fn body(scene: &Scene) -> Result<Value, AttackError> {
    scene.exports_were_hours_ago(30).await?;
    Ok(new_export("json"))
}
