//! How each endpoint is called on an object of each relation.

use super::{Endpoint, Relation};
use crate::{
    arena::Persona,
    attacks::{Actor, NewPatient, Patient, Scene, files::NewFile, program::GIVING},
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
    let body = body(scene, endpoint)?;
    let path = match endpoint.path {
        "/v1/me" | "/v1/sessions" | "/oauth2/userinfo" => fixed(endpoint, relation, Relation::Own),
        "/v1/sessions/{session}" => (relation == Relation::Absent)
            .then(|| endpoint.path.replace("{session}", &Uuid::new_v4().to_string())),
        // Nobody shows a token here; an empty form is refused.
        path if !is_versioned(path) => {
            fixed(endpoint, relation, Relation::Own).filter(|_| caller.is_none() || PUBLIC.contains(&path))
        }
        "/v2/organization" => fixed(endpoint, relation, Relation::Own),
        "/v1/patients" | "/v2/patients" | "/v1/audit-events" | "/v1/api-clients" => {
            fixed(endpoint, relation, Relation::SameOrganization)
        }
        path if path.contains("{client}") => program(scene, endpoint, relation).await?,
        path if path.ends_with("/{provider}") => provider(scene, endpoint, relation).await?,
        path if path.ends_with("/{member}") => member(scene, caller, relation).await?,
        path if path.ends_with("/{invitation}") => invitation(scene, endpoint, relation).await?,
        path if path.contains("{organization}") => organization(scene, endpoint, relation),
        path if path.contains("{document}") => document(scene, caller, endpoint, relation).await?,
        path if path.contains("{patient}") => patient(scene, caller, endpoint, relation).await?,
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
        Relation::Own => return None,
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
        Relation::SameOrganization => {
            let admin = scene.actor(Persona::AdminA1)?;
            let request = crate::client::Sends::post(&admin, &admin.members_path()).json(&new_member(scene)?);
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
        Relation::Own => return Ok(None),
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
        Relation::Own => return Ok(None),
        Relation::SameOrganization => made(Persona::AdminA1).await?,
        Relation::OtherOrganization => made(Persona::AdminB).await?,
        Relation::Absent => Uuid::new_v4(),
    };
    let path = endpoint.path.replace("{organization}", &scene.a().to_string());
    Ok(Some(path.replace("{provider}", &id.to_string())))
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
    let id = match relation {
        Relation::Own => match caller.map(Actor::persona) {
            Some(persona @ (Persona::PatA1 | Persona::PatA2)) => record(scene, persona).await?,
            _ => return Ok(None),
        },
        Relation::SameOrganization => scene.patient().await?.id,
        Relation::OtherOrganization => scene.patient_in_b().await?.id,
        Relation::Absent => Uuid::new_v4(),
    };
    Ok(Some(endpoint.path.replace("{patient}", &id.to_string())))
}

async fn document(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let patient = match relation {
        Relation::Own => match caller.map(Actor::persona) {
            Some(persona @ (Persona::PatA1 | Persona::PatA2)) => Some(record(scene, persona).await?),
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
        Relation::Own => return Ok(None),
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

/// The persona's own record; made at the first time it is asked for.
async fn record(scene: &Scene, persona: Persona) -> Result<Uuid, AttackError> {
    let member = scene.actor(persona)?.id();
    let filter = format!("member_id = {}", scene.observer().id(member));
    let rows = scene.observer().rows("patients", &filter).await?;
    match rows.first().and_then(|row| row.uuid("id")) {
        Some(id) => Ok(id),
        None => Ok(scene.record_of(persona).await?.id),
    }
}

fn new_member(scene: &Scene) -> Result<Value, AttackError> {
    let issuer = scene.actor(Persona::AdminA1)?.issuer().to_owned();
    let subject = format!("new-{}", Uuid::new_v4().simple());
    Ok(json!({ "issuer": issuer, "subject": subject, "display_name": "Newcomer", "role": "reception" }))
}

fn new_invitation() -> Value {
    json!({ "email": format!("{}@clinic.test", Uuid::new_v4().simple()), "role": "reception" })
}

fn body(scene: &Scene, endpoint: &Endpoint) -> Result<Option<Value>, AttackError> {
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
        "POST" if path.ends_with("/identity-providers") => Some(new_provider()),
        "PATCH" if path.ends_with("/{provider}") => Some(json!({ "name": "Renamed" })),
        "POST" if path.ends_with("/members") => Some(new_member(scene)?),
        "POST" if path.ends_with("/invitations") => Some(new_invitation()),
        "POST" if path.ends_with("/patients") => Some(NewPatient::unique().body()),
        "POST" if path.ends_with("/discharge") || path.ends_with("/documents") => None,
        "PATCH" if path.ends_with("/{member}") => Some(json!({ "display_name": "Renamed" })),
        "PATCH" if path.ends_with("/{patient}") => Some(json!({ "family_name": "Corrected" })),
        method => return Err(unknown(method, path)),
    })
}
