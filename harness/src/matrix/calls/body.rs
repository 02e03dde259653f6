//! What is sent with a call.

use super::{Endpoint, clinic, export, is_versioned, platform, unknown};
use crate::{
    arena::Persona,
    attacks::{Actor, NewPatient, Scene, care::new_record, eligibility::question},
    verdict::AttackError,
};
use serde_json::{Value, json};

pub(super) async fn body(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
) -> Result<Option<Value>, AttackError> {
    let path = endpoint.path;
    Ok(match endpoint.method.as_str() {
        "GET" | "DELETE" => None,
        "POST" if !is_versioned(path) => None,
        "POST" if path == "/v2/patients" => Some(NewPatient::unique().body_v2()),
        "PATCH" if path.starts_with("/v2/patients/") => Some(json!({ "name": { "family": "Corrected" } })),
        "POST" if path.ends_with("/api-clients") => {
            Some(json!({ "name": "Laboratory", "scopes": ["organization:read"] }))
        }
        "POST" if path.ends_with("/keys") => Some(json!({ "name": "nightly import" })),
        "POST" if path.ends_with("/webhooks") => Some(platform::new_webhook(scene)),
        "POST" if path.contains("{webhook}") => None,
        "POST" if path.ends_with("/identity-providers") => Some(platform::new_provider()),
        "PATCH" if path.ends_with("/{provider}") => Some(json!({ "name": "Renamed" })),
        "POST" if path.ends_with("/members") => Some(scene.actor(Persona::AdminA1)?.newcomer()),
        "POST" if path.ends_with("/invitations") => Some(platform::new_invitation()),
        "POST" if path.ends_with("/patients") => Some(NewPatient::unique().body()),
        "POST" if path.ends_with("/discharge") || path.ends_with("/documents") => None,
        "POST" if path.ends_with("/care-team") => {
            Some(json!({ "member_id": scene.actor(Persona::ClinA2)?.id() }))
        }
        "POST" if path.ends_with("/records") => Some(new_record().0),
        "POST" if path.ends_with("/amendments") => {
            Some(json!({ "body": "Better.", "reason": "A week later." }))
        }
        "POST" if path.ends_with("/eligibility") => Some(question(&scene.insurer()?.card())),
        "POST" if path.ends_with("/break-glass") => Some(clinic::emergency()),
        "POST" if path.ends_with("/exports") => Some(export::body(scene).await?),
        "POST" if path.contains("{export}") => None,
        "PATCH" if path.ends_with("/{export}") => Some(json!({ "format": "csv" })),
        "POST" if path.ends_with("/slots") => Some(clinic::offered(scene, caller)?),
        "POST" if path.ends_with("/slots/batch") => {
            Some(json!({ "slots": [clinic::offered(scene, caller)?] }))
        }
        "POST" if path.ends_with("/holds") || path.ends_with("/waiting-list") => {
            let patient = match caller.map(Actor::persona) {
                Some(persona @ (Persona::PatA1 | Persona::PatA2)) => scene.known_record_of(persona).await?,
                _ => scene.patient().await?,
            };
            Some(json!({ "patient_id": patient.id }))
        }
        "POST"
            if ["/confirm", "/cancel", "/check-in", "/complete"].iter().any(|step| path.ends_with(step)) =>
        {
            None
        }
        "POST" if path.ends_with("/review") => Some(json!({ "verdict": "justified", "note": "He was." })),
        "PATCH" if path.ends_with("/{member}") => Some(json!({ "display_name": "Renamed" })),
        "PATCH" if path.ends_with("/{patient}") => Some(json!({ "family_name": "Corrected" })),
        method => return Err(unknown(method, path)),
    })
}
