//! What the platform serves, whatever the domain.

use super::{Endpoint, Relation, nothing};
use crate::{
    arena::Persona,
    attacks::{Actor, Hook, Scene, program::GIVING},
    verdict::AttackError,
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn organization(scene: &Scene, endpoint: &Endpoint, relation: Relation) -> Option<String> {
    let id = match relation {
        Relation::Own | Relation::Treated => return None,
        Relation::SameOrganization => scene.a(),
        Relation::OtherOrganization => scene.b(),
        Relation::Absent => Uuid::new_v4(),
    };
    Some(endpoint.path.replace("{organization}", &id.to_string()))
}

pub(super) async fn member(
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

pub(super) async fn invitation(
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

pub(super) async fn provider(
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
pub(super) async fn webhook(
    scene: &Scene,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let admin = match relation {
        Relation::Own | Relation::Treated => return Ok(None),
        Relation::Absent => return Ok(Some(nothing(endpoint))),
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

pub(super) fn new_webhook(scene: &Scene) -> Value {
    json!({ "url": scene.catcher().url(&scene.catcher().token()), "event_types": ["member.changed"] })
}

pub(super) fn new_provider() -> Value {
    let issuer = format!("https://idp.example/{}", Uuid::new_v4().simple());
    json!({ "name": "Staff", "issuer": issuer, "client_id": "clinic" })
}

pub(super) async fn program(
    scene: &Scene,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<String>, AttackError> {
    let admin = match relation {
        Relation::Own | Relation::Treated => return Ok(None),
        Relation::Absent => return Ok(Some(nothing(endpoint))),
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

pub(super) fn new_invitation() -> Value {
    json!({ "email": format!("{}@clinic.test", Uuid::new_v4().simple()), "role": "reception" })
}
