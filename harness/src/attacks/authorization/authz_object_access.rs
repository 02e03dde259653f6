//! `authz-object-access`: an id is a name and no right.

use crate::{
    attacks::prelude::*,
    matrix::{self, Endpoint, Relation, endpoints, has_clinic},
};
use brigandine_api::protection::DB_RLS_FORCED;

const BEHIND_ROWS: Twin = Twin::Layered(&[&DB_RLS_FORCED]);

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_OBJECT_ACCESS / "read" = read,
        needs: Clinic,
        "Two patients of one clinic each have a record and a login.",
        "One of them, and one who has no record yet, put the other's id into the address, also of what clinicians wrote.",
    ),
    attack!(
        AUTHZ_OBJECT_ACCESS / "cross-tenant" = cross_tenant,
        twin: BEHIND_ROWS,
        "A clinician works in A, and has a patient there.",
        "Everybody in B who may read patients or members asks for A's by id, with their own valid tokens.",
    ),
    attack!(
        AUTHZ_OBJECT_ACCESS / "write" = write,
        needs: Clinic,
        twin: BEHIND_ROWS,
        "Staff of B correct and discharge a patient of A.",
        "The administrator of B renames, suspends and removes a member of A.",
    ),
    attack!(
        AUTHZ_OBJECT_ACCESS / "swap-type" = swap_type,
        needs: Clinic,
        twin: BEHIND_ROWS,
        "The administrator of A puts the id of B's member behind her own organization's address.",
        "Her staff put members', patients' and organizations' ids where the other kind belongs.",
    ),
    attack!(
        AUTHZ_OBJECT_ACCESS / "version" = version,
        needs: Clinic,
        "A patient asks for another's record through every version that is served, and in every way to say JSON.",
        "So does somebody of A, with the right role and every scope, for an object of B at every endpoint that takes an id.",
    ),
];

fn hidden() -> Refusal {
    Refusal::hidden("object")
}

async fn read(scene: &Scene) -> Outcome {
    let (owner, other) = (scene.actor(PatA1)?, scene.actor(PatA2)?);
    let record = scene.record_of(PatA1).await?;
    let nobodys = scene.patient().await?;
    scene.cares(ClinA1, &record).await?;
    let written = scene.record_by(ClinA1, &record).await?;
    let shows_own = {
        let name = record.sent.family_name.clone();
        Control::judged(owner.get(&record.path()), 200, move |answer| answer.mentions(&name))
    };
    let mut trial = Trial::begin(scene, shows_own).await?;

    trial.refused("a patient without a record asks for another's", other.get(&record.path()), hidden()).await;
    let own = trial.honestly(scene.record_of(PatA2)).await?;
    trial.refused("a patient with a record asks for another's", other.get(&record.path()), hidden()).await;
    trial.refused("and the other way round", owner.get(&own.path()), hidden()).await;
    trial.refused("a record that belongs to no login", other.get(&nobodys.path()), hidden()).await;
    let not_own = || Refusal::hidden("relation");
    trial.refused("another's clinical records", other.get(&record.records_path()), not_own()).await;
    trial.refused("another's clinical record", other.get(&written.path()), not_own()).await;
    trial.refused("behind one's own record", other.get(&written.path_behind(own.id)), hidden()).await;
    trial.conclude().await
}

async fn cross_tenant(scene: &Scene) -> Outcome {
    let owner = scene.actor(RecepA)?;
    let record = if has_clinic() { Some(scene.record_of(PatA1).await?) } else { None };
    let member = scene.actor(ClinA1)?;
    let mut control = Control::new(owner.get(&member.path()), 200);
    if let Some(record) = &record {
        control = control.and(Control::new(owner.get(&record.path()), 200));
    }
    let mut trial = Trial::begin(scene, control).await?;

    if let Some(record) = &record {
        for persona in [RecepB, ClinB, PatB, MultiInB] {
            let intruder = scene.actor(persona)?;
            trial.refused(persona.name(), intruder.get(&record.path()), hidden()).await;
        }
    }
    for persona in [AdminB, AuditB, RecepB] {
        let intruder = scene.actor(persona)?;
        let address = format!("{}/{}", intruder.members_path(), member.id());
        trial.refused(persona.name(), intruder.get(&address), hidden()).await;
    }
    trial.conclude().await
}

async fn write(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let (reception, clinician, admin) = (scene.actor(RecepB)?, scene.actor(ClinB)?, scene.actor(AdminB)?);
    let corrects_own = {
        let own = scene.patient_in_b().await?;
        Control::new(reception.patch(&own.path()).json(&json!({ "family_name": "Berg" })), 200)
    };
    let mut trial = Trial::begin(scene, corrects_own).await?;

    let name = json!({ "family_name": "Stolen" });
    trial.refused("reception corrects", reception.patch(&patient.path()).json(&name), hidden()).await;
    trial.refused("a clinician corrects", clinician.patch(&patient.path()).json(&name), hidden()).await;
    let notes = json!({ "notes": "planted" });
    trial.refused("a clinician adds notes", clinician.patch(&patient.path()).json(&notes), hidden()).await;
    trial.refused("a clinician discharges", clinician.post(&patient.discharge_path()), hidden()).await;

    let address = format!("{}/{}", admin.members_path(), scene.actor(RecepA)?.id());
    for change in
        [json!({ "display_name": "Nobody" }), json!({ "status": "suspended" }), json!({ "role": "service" })]
    {
        trial.refused(&change.to_string(), admin.patch(&address).json(&change), hidden()).await;
    }
    trial.refused("the administrator removes", admin.delete(&address), hidden()).await;
    trial.conclude().await
}

async fn swap_type(scene: &Scene) -> Outcome {
    let (admin, reception) = (scene.actor(AdminA1)?, scene.actor(RecepA)?);
    let patient = scene.patient().await?;
    let control = Control::new(admin.get(&reception.path()), 200)
        .and(Control::new(reception.get(&patient.path()), 200));
    let mut trial = Trial::begin(scene, control).await?;

    for persona in [AdminB, RecepB, PatB] {
        let address = format!("{}/{}", admin.members_path(), scene.actor(persona)?.id());
        trial.refused("a member of B behind A's address", admin.get(&address), hidden()).await;
    }
    let member_as_patient = format!("/v1/patients/{}", reception.id());
    trial.refused("a member as a patient", reception.get(&member_as_patient), hidden()).await;
    let organization_as_patient = format!("/v1/patients/{}", scene.a());
    trial.refused("an organization as a patient", reception.get(&organization_as_patient), hidden()).await;
    let patient_as_member = format!("{}/{}", admin.members_path(), patient.id);
    trial.refused("a patient as a member", admin.get(&patient_as_member), hidden()).await;
    trial.refused("a patient as a member, removed", admin.delete(&patient_as_member), hidden()).await;
    trial.conclude().await
}

/// Ways to ask for JSON.
const ACCEPTED: [&str; 3] =
    ["application/json", "application/*;q=0.5, text/html", "application/problem+json"];
/// Ways to declare it.
const DECLARED: [&str; 2] = ["APPLICATION/JSON", "application/json; charset=\"utf-8\""];
const VERSIONS: [&str; 2] = ["/v1/", "/v2/"];

/// Who of A may call it, if its role were enough.
fn caller_of(endpoint: &Endpoint) -> Option<Persona> {
    endpoint.roles.iter().find_map(|role| match *role {
        "admin" => Some(AdminA1),
        "clinician" => Some(ClinA1),
        "reception" => Some(RecepA),
        "auditor" => Some(AuditA),
        "patient" => Some(PatA1),
        _ => None,
    })
}

/// The request, said in every way; a file's type is what it is.
fn in_every_type(request: &Request, is_file: bool, has_body: bool) -> Vec<(String, Request)> {
    let asks = ACCEPTED.map(|accept| (accept.to_owned(), request.clone().header("accept", accept)));
    let mut all = asks.to_vec();
    if has_body && !is_file {
        all.extend(DECLARED.map(|declared| {
            (declared.to_owned(), request.clone().without("content-type").header("content-type", declared))
        }));
    }
    all
}

async fn version(scene: &Scene) -> Outcome {
    let (owner, other) = (scene.actor(PatA1)?, scene.actor(PatA2)?);
    let record = scene.record_of(PatA1).await?;
    let shown_in = VERSIONS.map(|version| record.path().replace("/v1/", version));
    let [first, second] = shown_in.clone().map(|path| Control::new(owner.get(&path), 200));
    let mut trial = Trial::begin(scene, first.and(second)).await?;
    for path in shown_in {
        for (said, request) in in_every_type(&other.get(&path), false, false) {
            trial.refused(&format!("{path} as {said}"), request, hidden()).await;
        }
    }
    let takes_id = |endpoint: &&Endpoint| {
        let own = endpoint.path.replace("{organization}", "");
        own.contains('{') && !endpoint.path.contains("{session}") && !endpoint.over
    };
    for endpoint in endpoints().iter().filter(takes_id) {
        let Some(persona) = caller_of(endpoint) else { continue };
        let actor = scene.actor(persona)?.with_scopes(EVERY_SCOPE)?;
        let made = matrix::call(scene, Some(&actor), endpoint, Relation::OtherOrganization);
        let Some(call) = trial.honestly(made).await? else { continue };
        let request = call.by(&actor, &endpoint.method);
        for (said, request) in in_every_type(&request, call.file, call.has_body()) {
            let story = format!("{} {} as {said}", endpoint.method, endpoint.path);
            // So many that the audit log samples them: what it says of each is a matter of the other attacks.
            trial.refused(&story, request, Refusal::absent()).await;
        }
        other_versions(&mut trial, endpoint, &actor, &call.path).await;
    }
    trial.conclude().await
}

/// The same object behind the versions that have no such endpoint.
async fn other_versions(trial: &mut Trial<'_>, endpoint: &Endpoint, actor: &Actor, path: &str) {
    for version in VERSIONS {
        let moved = format!("{version}{}", path.get("/v1/".len()..).unwrap_or_default());
        if matrix::endpoint_of(&endpoint.method, &moved).is_none() {
            let request = actor.request(&endpoint.method, &moved);
            let refusal = if is_a_path(&moved) {
                Refusal::problem(405, "method-not-allowed")
            } else {
                Refusal::absent()
            };
            trial.refused(&format!("{} {moved}", endpoint.method), request, refusal).await;
        }
    }
}

fn is_a_path(path: &str) -> bool {
    ["GET", "POST", "PATCH", "DELETE"].iter().any(|method| matrix::endpoint_of(method, path).is_some())
}
