//! How each endpoint is called on an object of each relation.

mod export;

use super::{Endpoint, Relation};
use crate::{
    arena::Persona,
    attacks::{
        Actor, Hook, NewPatient, Patient, Scene,
        booking::{new_slot, next_time},
        care::new_record,
        eligibility::question,
        files::NewFile,
        program::GIVING,
    },
    verdict::AttackError,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// The public documents that members are asked about too.
const PUBLIC: [&str; 2] = ["/.well-known/oauth-protected-resource", "/deprecations"];

/// A call: its path with the object filled in, and its body.
pub(super) struct Call {
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// Whether the body is a file.
    pub(super) file: bool,
}

/// The call, made on an object of its own where it changes something; `None` where the relation makes no sense.
pub(super) async fn call(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<Call>, AttackError> {
    let body = body(scene, caller, endpoint).await?;
    let path = match endpoint.path {
        "/v1/me" | "/v1/sessions" | "/oauth2/userinfo" => fixed(endpoint, relation, Relation::Own),
        "/v1/sessions/{session}" => (relation == Relation::Absent)
            .then(|| endpoint.path.replace("{session}", &Uuid::new_v4().to_string())),
        // Nobody shows a token here; an empty form is refused.
        path if !is_versioned(path) => {
            fixed(endpoint, relation, Relation::Own).filter(|_| caller.is_none() || PUBLIC.contains(&path))
        }
        "/v2/organization" => fixed(endpoint, relation, Relation::Own),
        "/v1/patients" | "/v2/patients" | "/v1/audit-events" | "/v1/api-clients" | "/v1/break-glass"
        | "/v1/slots" | "/v1/slots/batch" | "/v1/appointments" | "/v1/waiting-list" | "/v1/webhooks"
        | "/v1/exports" => fixed(endpoint, relation, Relation::SameOrganization),
        path if path.contains("{client}") => program(scene, endpoint, relation).await?,
        path if path.contains("{webhook}") => webhook(scene, endpoint, relation).await?,
        path if path.ends_with("/{provider}") => provider(scene, endpoint, relation).await?,
        path if path.ends_with("/{member}") => member(scene, caller, relation).await?,
        path if path.ends_with("/{invitation}") => invitation(scene, endpoint, relation).await?,
        path if path.contains("{organization}") => organization(scene, endpoint, relation),
        path if path.contains("{document}") => document(scene, caller, endpoint, relation).await?,
        path if path.contains("{patient}") => patient(scene, caller, endpoint, relation).await?,
        path if path.contains("{slot}") => slot(scene, caller, endpoint, relation).await?,
        path if path.contains("{appointment}") => appointment(scene, caller, endpoint, relation).await?,
        path if path.contains("{entry}") => waiting(scene, caller, endpoint, relation).await?,
        path if path.contains("{export}") => export::path(scene, caller, endpoint, relation).await?,
        path if path.contains("{access}") => broken_glass(scene, endpoint, relation).await?,
        path => return Err(unknown(&endpoint.method, path)),
    };
    let file = endpoint.method == "POST" && endpoint.path.ends_with("/documents");
    Ok(path.map(|path| Call { path, body, file }))
}

fn is_versioned(path: &str) -> bool {
    path.starts_with("/v1/") || path.starts_with("/v2/")
}

fn unknown(method: &str, path: &str) -> AttackError {
    AttackError::Setup(format!(
        "the matrix does not know how to call {method} {path}: describe it in calls.rs"
    ))
}

fn fixed(endpoint: &Endpoint, relation: Relation, only: Relation) -> Option<String> {
    (relation == only).then(|| endpoint.path.to_owned())
}

fn organization(scene: &Scene, endpoint: &Endpoint, relation: Relation) -> Option<String> {
    let id = match relation {
        Relation::Own | Relation::Treated => return None,
        Relation::SameOrganization => scene.a(),
        Relation::OtherOrganization => scene.b(),
        Relation::Absent => Uuid::new_v4(),
    };
    Some(endpoint.path.replace("{organization}", &id.to_string()))
}

async fn member(
    scene: &Scene,
    caller: Option<&Actor>,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    Ok(match relation {
        Relation::Own => caller.map(Actor::path),
        Relation::Treated => None,
        Relation::SameOrganization => {
            let admin = scene.actor(Persona::AdminA1)?;
            let request = crate::client::Sends::post(&admin, &admin.members_path()).json(&admin.newcomer());
            let made = scene.demand(&request, 201).await?;
            let id = made.uuid("/id").ok_or_else(|| AttackError::Setup("a new member has no id".into()))?;
            Some(format!("{}/{id}", admin.members_path()))
        }
        Relation::OtherOrganization => Some(scene.actor(Persona::ClinB)?.path()),
        Relation::Absent => {
            Some(format!("{}/{}", scene.actor(Persona::AdminA1)?.members_path(), Uuid::new_v4()))
        }
    })
}

async fn invitation(
    scene: &Scene,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let inviting = match relation {
        Relation::Own | Relation::Treated => return Ok(None),
        Relation::OtherOrganization => scene.actor(Persona::AdminB)?,
        Relation::SameOrganization | Relation::Absent => scene.actor(Persona::AdminA1)?,
    };
    let path = endpoint.path.replace("{organization}", &inviting.organization().to_string());
    let id = if relation == Relation::Absent {
        Uuid::new_v4()
    } else {
        let invitations = format!("{}/invitations", inviting.organization_path());
        let request = crate::client::Sends::post(&inviting, &invitations).json(&new_invitation());
        let made = scene.demand(&request, 201).await?;
        made.uuid("/id").ok_or_else(|| AttackError::Setup("a new invitation has no id".into()))?
    };
    Ok(Some(path.replace("{invitation}", &id.to_string())))
}

async fn provider(
    scene: &Scene,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let made = async |admin: Persona| {
        let admin = scene.actor(admin)?.with_scopes("providers:write")?;
        let path = format!("{}/identity-providers", admin.organization_path());
        let request = crate::client::Sends::post(&admin, &path).json(&new_provider());
        let id = scene.demand(&request, 201).await?.uuid("/id");
        id.ok_or_else(|| AttackError::Setup("a new provider has no id".into()))
    };
    let id = match relation {
        Relation::Own | Relation::Treated => return Ok(None),
        Relation::SameOrganization => made(Persona::AdminA1).await?,
        Relation::OtherOrganization => made(Persona::AdminB).await?,
        Relation::Absent => Uuid::new_v4(),
    };
    let path = endpoint.path.replace("{organization}", &scene.a().to_string());
    Ok(Some(path.replace("{provider}", &id.to_string())))
}

/// A webhook with a delivery that can be told again.
async fn webhook(
    scene: &Scene,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let admin = match relation {
        Relation::Own | Relation::Treated => return Ok(None),
        Relation::Absent => {
            let nothing = || Uuid::new_v4().to_string();
            return Ok(Some(
                endpoint.path.replace("{webhook}", &nothing()).replace("{delivery}", &nothing()),
            ));
        }
        Relation::SameOrganization => Persona::AdminA1,
        Relation::OtherOrganization => Persona::AdminB,
    };
    let hook = Hook::open(scene, admin).await?;
    let path = endpoint.path.replace("{webhook}", &hook.id.to_string());
    if !path.contains("{delivery}") {
        return Ok(Some(path));
    }
    let told = hook.told(scene).await?;
    Ok(Some(path.replace("{delivery}", &told.to_string())))
}

fn new_webhook(scene: &Scene) -> Value {
    json!({ "url": scene.catcher().url(&scene.catcher().token()), "event_types": ["member.changed"] })
}

fn new_provider() -> Value {
    let issuer = format!("https://idp.example/{}", Uuid::new_v4().simple());
    json!({ "name": "Staff", "issuer": issuer, "client_id": "clinic" })
}

async fn patient(
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
async fn care_relation(scene: &Scene, patient: &Patient, relation: Relation) -> Result<Uuid, AttackError> {
    match relation {
        Relation::Absent => Ok(Uuid::new_v4()),
        Relation::OtherOrganization => scene.cares(Persona::ClinB, patient).await,
        _ => scene.cares(Persona::ClinA2, patient).await,
    }
}

/// A record that another clinician wrote about the patient.
async fn clinical_record(scene: &Scene, patient: &Patient, relation: Relation) -> Result<Uuid, AttackError> {
    let author = match relation {
        Relation::Absent => return Ok(Uuid::new_v4()),
        Relation::OtherOrganization => Persona::ClinB,
        _ => Persona::ClinA2,
    };
    scene.cares(author, patient).await?;
    Ok(scene.record_by(author, patient).await?.id)
}

async fn broken_glass(
    scene: &Scene,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let (clinician, patient) = match relation {
        Relation::Own | Relation::Treated => return Ok(None),
        Relation::Absent => return Ok(Some(endpoint.path.replace("{access}", &Uuid::new_v4().to_string()))),
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
async fn slot(
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
async fn appointment(
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
            return Ok(Some(endpoint.path.replace("{appointment}", &Uuid::new_v4().to_string())));
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

async fn waiting(
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
            return Ok(Some(endpoint.path.replace("{entry}", &Uuid::new_v4().to_string())));
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

fn emergency() -> Value {
    json!({ "reason": "Found unconscious in the waiting room." })
}

async fn document(
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

async fn program(
    scene: &Scene,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let admin = match relation {
        Relation::Own | Relation::Treated => return Ok(None),
        Relation::Absent => {
            let nothing = || Uuid::new_v4().to_string();
            return Ok(Some(endpoint.path.replace("{client}", &nothing()).replace("{key}", &nothing())));
        }
        Relation::SameOrganization => scene.giver()?,
        Relation::OtherOrganization => scene.actor(Persona::AdminB)?.with_scopes(GIVING)?,
    };
    let program = scene.program_of(admin, |_| {}).await?;
    let path = endpoint.path.replace("{client}", &program.id.to_string());
    if !path.contains("{key}") {
        return Ok(Some(path));
    }
    let (key, _) = program.api_key(scene, &json!({ "name": "nightly import" })).await?;
    Ok(Some(path.replace("{key}", &key.to_string())))
}

fn new_invitation() -> Value {
    json!({ "email": format!("{}@clinic.test", Uuid::new_v4().simple()), "role": "reception" })
}

/// Clinicians offer their own time only.
fn offered(scene: &Scene, caller: Option<&Actor>) -> Result<Value, AttackError> {
    let persona = caller.map_or(Persona::ClinA2, Actor::persona);
    let clinician = if persona == Persona::ClinA1 { persona } else { Persona::ClinA2 };
    Ok(new_slot(scene.actor(clinician)?.id(), next_time()))
}

async fn body(
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
        "POST" if path.ends_with("/webhooks") => Some(new_webhook(scene)),
        "POST" if path.contains("{webhook}") => None,
        "POST" if path.ends_with("/identity-providers") => Some(new_provider()),
        "PATCH" if path.ends_with("/{provider}") => Some(json!({ "name": "Renamed" })),
        "POST" if path.ends_with("/members") => Some(scene.actor(Persona::AdminA1)?.newcomer()),
        "POST" if path.ends_with("/invitations") => Some(new_invitation()),
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
        "POST" if path.ends_with("/break-glass") => Some(emergency()),
        "POST" if path.ends_with("/exports") => Some(export::body(scene).await?),
        "POST" if path.contains("{export}") => None,
        "PATCH" if path.ends_with("/{export}") => Some(json!({ "format": "csv" })),
        "POST" if path.ends_with("/slots") => Some(offered(scene, caller)?),
        "POST" if path.ends_with("/slots/batch") => Some(json!({ "slots": [offered(scene, caller)?] })),
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
