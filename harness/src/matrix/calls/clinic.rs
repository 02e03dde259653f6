//! What the example domain serves.

use super::{Endpoint, Relation, nothing};
use crate::{
    arena::Persona,
    attacks::{
        Actor, NewPatient, Patient, Scene,
        booking::{new_slot, next_time},
        files::NewFile,
    },
    verdict::AttackError,
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) async fn patient(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let persona = caller.map(Actor::persona);
    let patient = match (relation, persona) {
        (Relation::Own, Some(persona @ (Persona::PatA1 | Persona::PatA2))) => {
            scene.known_record_of(persona).await?
        }
        (Relation::Treated, Some(Persona::ClinA1)) => {
            let patient = scene.patient().await?;
            scene.cares(Persona::ClinA1, &patient).await?;
            patient
        }
        (Relation::Own | Relation::Treated, _) => return Ok(None),
        (Relation::SameOrganization, _) => scene.patient().await?,
        (Relation::OtherOrganization, _) => scene.patient_in_b().await?,
        (Relation::Absent, _) => scene.patient().await?.absent(),
    };
    let path = endpoint.path.replace("{patient}", &patient.id.to_string());
    let path = match path {
        path if path.contains("{relation}") => {
            path.replace("{relation}", &care_relation(scene, &patient, relation).await?.to_string())
        }
        path if path.contains("{record}") => {
            path.replace("{record}", &clinical_record(scene, &patient, relation).await?.to_string())
        }
        path => path,
    };
    Ok(Some(path))
}

/// Another clinician's place on the patient's care team.
pub(super) async fn care_relation(
    scene: &Scene,
    patient: &Patient,
    relation: Relation,
) -> Result<Uuid, AttackError> {
    match relation {
        Relation::Absent => Ok(Uuid::new_v4()),
        Relation::OtherOrganization => scene.cares(Persona::ClinB, patient).await,
        _ => scene.cares(Persona::ClinA2, patient).await,
    }
}

/// A record that another clinician wrote about the patient.
pub(super) async fn clinical_record(
    scene: &Scene,
    patient: &Patient,
    relation: Relation,
) -> Result<Uuid, AttackError> {
    let author = match relation {
        Relation::Absent => return Ok(Uuid::new_v4()),
        Relation::OtherOrganization => Persona::ClinB,
        _ => Persona::ClinA2,
    };
    scene.cares(author, patient).await?;
    Ok(scene.record_by(author, patient).await?.id)
}

pub(super) async fn broken_glass(
    scene: &Scene,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let (clinician, patient) = match relation {
        Relation::Own | Relation::Treated => return Ok(None),
        Relation::Absent => return Ok(Some(nothing(endpoint))),
        Relation::SameOrganization => (Persona::ClinA2, scene.patient().await?),
        Relation::OtherOrganization => (Persona::ClinB, scene.patient_in_b().await?),
    };
    let clinician = scene.actor(clinician)?;
    let request = crate::client::Sends::post(&clinician, &patient.break_glass_path()).json(&emergency());
    let id = scene.demand(&request, 201).await?.uuid("/id");
    let id = id.ok_or_else(|| AttackError::Setup("a broken glass has no id".into()))?;
    Ok(Some(endpoint.path.replace("{access}", &id.to_string())))
}

/// For clinicians, `own` is their own time.
pub(super) async fn slot(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let id = match (relation, caller.map(Actor::persona)) {
        (Relation::Own, Some(Persona::ClinA1)) => scene.slot_of(Persona::ClinA1).await?.id,
        (Relation::Own | Relation::Treated, _) => return Ok(None),
        (Relation::SameOrganization, _) => scene.slot_of(Persona::ClinA2).await?.id,
        (Relation::OtherOrganization, _) => scene.slot_of(Persona::ClinB).await?.id,
        (Relation::Absent, _) => Uuid::new_v4(),
    };
    Ok(Some(endpoint.path.replace("{slot}", &id.to_string())))
}

/// For clinicians, `own` is with themselves; for patients, their own. Each in the state from which the step goes on.
pub(super) async fn appointment(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let (clinician, patient) = match (relation, caller.map(Actor::persona)) {
        (Relation::Own, Some(Persona::ClinA1)) => (Persona::ClinA1, scene.patient().await?),
        (Relation::Own, Some(persona @ (Persona::PatA1 | Persona::PatA2))) => {
            (Persona::ClinA2, scene.known_record_of(persona).await?)
        }
        (Relation::Own | Relation::Treated, _) => return Ok(None),
        (Relation::SameOrganization, _) => (Persona::ClinA2, scene.patient().await?),
        (Relation::OtherOrganization, _) => (Persona::ClinB, scene.patient_in_b().await?),
        (Relation::Absent, _) => {
            return Ok(Some(nothing(endpoint)));
        }
    };
    let appointment = scene.hold(clinician, &patient).await?;
    let last = endpoint.path.rsplit('/').next().unwrap_or_default();
    for step in ["confirm", "check-in"] {
        if last == "confirm" || !matches!(last, "check-in" | "complete") || step == last {
            break;
        }
        scene.demand(&appointment.step(scene, step)?, 200).await?;
    }
    if last == "confirm" {
        appointment.held_for_a_minute(scene).await?;
    }
    Ok(Some(endpoint.path.replace("{appointment}", &appointment.id.to_string())))
}

pub(super) async fn waiting(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let (by, patient) = match (relation, caller.map(Actor::persona)) {
        (Relation::Own, Some(persona @ (Persona::PatA1 | Persona::PatA2))) => {
            (Persona::RecepA, scene.known_record_of(persona).await?)
        }
        (Relation::Own | Relation::Treated, _) => return Ok(None),
        (Relation::SameOrganization, _) => (Persona::RecepA, scene.patient().await?),
        (Relation::OtherOrganization, _) => (Persona::RecepB, scene.patient_in_b().await?),
        (Relation::Absent, _) => {
            return Ok(Some(nothing(endpoint)));
        }
    };
    let by = scene.actor(by)?;
    let clinician = if by.persona().is_of_b() { Persona::ClinB } else { Persona::ClinA2 };
    let body = json!({ "patient_id": patient.id, "clinician_member_id": scene.actor(clinician)?.id() });
    let request = crate::client::Sends::post(&by, "/v1/waiting-list").json(&body);
    let id = scene.demand(&request, 201).await?.uuid("/id");
    let id = id.ok_or_else(|| AttackError::Setup("a place on the waiting list has no id".into()))?;
    Ok(Some(endpoint.path.replace("{entry}", &id.to_string())))
}

pub(super) fn emergency() -> Value {
    json!({ "reason": "Found unconscious in the waiting room." })
}

pub(super) async fn document(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let patient = match relation {
        Relation::Own => match caller.map(Actor::persona) {
            Some(persona @ (Persona::PatA1 | Persona::PatA2)) => {
                Some(scene.known_record_of(persona).await?.id)
            }
            _ => return Ok(None),
        },
        Relation::Treated => match caller.map(Actor::persona) {
            Some(Persona::ClinA1) => {
                let patient = scene.patient().await?;
                scene.cares(Persona::ClinA1, &patient).await?;
                Some(patient.id)
            }
            _ => return Ok(None),
        },
        Relation::SameOrganization => Some(scene.patient().await?.id),
        Relation::OtherOrganization => Some(scene.patient_in_b().await?.id),
        Relation::Absent => None,
    };
    let by = if relation == Relation::OtherOrganization { Persona::ClinB } else { Persona::ClinA2 };
    let id = match patient {
        Some(id) => {
            let patient = Patient { id, sent: NewPatient::unique() };
            scene.document(by, &NewFile::pdf("the matrix"), &patient).await?
        }
        None => Uuid::new_v4(),
    };
    Ok(Some(endpoint.path.replace("{document}", &id.to_string())))
}

/// Clinicians offer their own time only.
pub(super) fn offered(scene: &Scene, caller: Option<&Actor>) -> Result<Value, AttackError> {
    let persona = caller.map_or(Persona::ClinA2, Actor::persona);
    let clinician = if persona == Persona::ClinA1 { persona } else { Persona::ClinA2 };
    Ok(new_slot(scene.actor(clinician)?.id(), next_time()))
}
