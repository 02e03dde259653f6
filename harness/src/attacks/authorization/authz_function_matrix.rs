//! `authz-function-matrix`: one table says which role may do what; the rest is denied.

use super::EVERY_SCOPE;
use crate::{
    attacks::{care::new_record, filled, prelude::*},
    matrix::{endpoints, has_clinic},
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_FUNCTION_MATRIX / "each-cell" = each_cell,
        "Every role holds a token with every scope, so that only the role decides.",
        "Each tries every operation that its role does not have; those without membership try all.",
    ),
    attack!(
        AUTHZ_FUNCTION_MATRIX / "guess" = guess,
        "The receptionist and the patient guess addresses that sound like administration.",
    ),
    attack!(
        AUTHZ_FUNCTION_MATRIX / "new-route" = new_route,
        "A route was added of which no attack knows yet: whatever the service mounts may be the one.",
        "Every role calls every route that the table does not give it, with every scope.",
        "The route's own row must be in the table: none is open to members and held by no role.",
    ),
];

struct Cells {
    patient: Option<Patient>,
    colleague: String,
    members: String,
    issuer: String,
}

impl Cells {
    async fn of(scene: &Scene) -> Result<Self, AttackError> {
        let colleague = scene.actor(ClinA2)?;
        Ok(Self {
            patient: if has_clinic() { Some(scene.patient().await?) } else { None },
            colleague: colleague.path(),
            members: colleague.members_path(),
            issuer: colleague.issuer().to_owned(),
        })
    }

    /// Every operation that not everybody has, and the roles that have it.
    fn operations(&self, by: &Actor) -> Vec<(Request, &'static [Persona])> {
        let new_member = json!({
            "issuer": self.issuer, "subject": format!("new-{}", Uuid::new_v4()), "display_name": "New", "role": "auditor",
        });
        let program = json!({ "name": "Laboratory", "scopes": ["organization:read"] });
        let mut operations: Vec<(Request, &'static [Persona])> = vec![
            (by.get(&self.members), &[AdminA1, ClinA1, RecepA, AuditA]),
            (by.get(&self.colleague), &[AdminA1, ClinA1, RecepA, AuditA]),
            (by.post(&self.members).json(&new_member), &[AdminA1]),
            (by.patch(&self.colleague).json(&json!({ "role": "auditor" })), &[AdminA1]),
            (by.delete(&self.colleague), &[AdminA1]),
            (by.get("/v1/audit-events"), &[AuditA]),
            (by.get("/v1/webhooks"), &[AdminA1]),
            (by.get("/v1/api-clients"), &[AdminA1]),
            (by.post("/v1/api-clients").json(&program), &[AdminA1]),
        ];
        operations.extend(self.patient.iter().flat_map(|patient| in_the_clinic(by, patient)));
        operations
    }
}

/// The same of the example domain.
fn in_the_clinic(by: &Actor, patient: &Patient) -> Vec<(Request, &'static [Persona])> {
    let emergency = json!({ "reason": "Found unconscious in the waiting room." });
    let (path, team) = (patient.path(), patient.care_team_path());
    vec![
        (by.get("/v1/patients"), &[ClinA1, RecepA, SvcARw, PatA1]),
        (by.get(&path), &[ClinA1, RecepA, SvcARw, PatA1]),
        (by.post("/v1/patients").json(&NewPatient::unique().body()), &[ClinA1, RecepA, SvcARw]),
        (by.patch(&path).json(&json!({ "family_name": "Berg" })), &[ClinA1, RecepA]),
        (by.post(&patient.discharge_path()), &[ClinA1]),
        (by.get(&team), &[ClinA1, RecepA]),
        (by.post(&team).json(&json!({ "member_id": by.id() })), &[ClinA1, RecepA]),
        (by.get(&patient.records_path()), &[ClinA1, PatA1]),
        (by.post(&patient.records_path()).json(&new_record().0), &[ClinA1]),
        (by.post(&patient.break_glass_path()).json(&emergency), &[ClinA1]),
        (by.get("/v1/break-glass"), &[AuditA]),
    ]
}

async fn each_cell(scene: &Scene) -> Outcome {
    let cells = Cells::of(scene).await?;
    let (suspended, former) = (scene.suspended().await?, scene.exmember().await?);
    let (adding, program) = (scene.actor(AdminA1)?, scene.actor(SvcARw)?.organization_path());
    let mut control =
        Control::made_anew(201, move || adding.post(&adding.members_path()).json(&adding.newcomer()));
    let of_patient = cells.patient.as_ref().map(|patient| (ClinA1, patient.path()));
    let targets = [
        (AdminA1, cells.members.clone()),
        (RecepA, cells.colleague.clone()),
        (AuditA, "/v1/audit-events".into()),
        (PatA1, "/v1/me".into()),
        (SvcARw, program),
    ];
    for (persona, target) in targets.into_iter().chain(of_patient) {
        control = control.and(Control::new(scene.actor(persona)?.get(&target), 200));
    }
    let mut trial = Trial::begin(scene, control).await?;

    for persona in [AdminA1, ClinA1, RecepA, AuditA, PatA1, SvcARw] {
        let actor = scene.actor(persona)?.with_scopes(EVERY_SCOPE)?;
        for (request, holders) in cells.operations(&actor) {
            if !holders.contains(&persona) {
                let story = format!("{}: {}", persona.name(), request.describe());
                let for_people =
                    ["/members", "/api-clients"].iter().any(|path| request.line().1.contains(path));
                let refusal = match persona {
                    // A program is told why: no role would change it.
                    SvcARw if for_people => {
                        Refusal::problem(403, "not-a-user").audit("authz_fail", "service")
                    }
                    _ => Refusal::forbidden(),
                };
                trial.refused(&story, request, refusal).await;
            }
        }
    }
    for nobody in [suspended, former] {
        for (request, _) in cells.operations(&nobody.with_scopes(EVERY_SCOPE)?) {
            let story = format!("{}: {}", nobody.persona().name(), request.describe());
            trial.refused(&story, request, Refusal::invalid_token("member.inactive")).await;
        }
    }
    trial.conclude().await
}

async fn guess(scene: &Scene) -> Outcome {
    let (reception, patient) = (scene.actor(RecepA)?, scene.actor(PatA1)?);
    let colleague = scene.actor(ClinA2)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    for actor in [reception, patient] {
        let actor = actor.with_scopes(EVERY_SCOPE)?;
        trial.refused("the audit log", actor.get("/v1/audit-events"), Refusal::forbidden()).await;
        trial.refused("removing", actor.delete(&colleague.path()), Refusal::forbidden()).await;
        for target in [
            "/v1/admin",
            "/v1/admin/users",
            "/v1/users",
            "/v1/users/export_all",
            "/v1/organizations",
            "/v1/patients/export",
            "/v1/patients/all",
            "/internal/members",
            "/debug/pprof",
            "/actuator/env",
            "/metrics",
            "/health/ready",
            "/openapi.json",
            "/graphql",
            "/v0/patients",
            "/v3/patients",
            "/.env",
        ] {
            trial.refused(target, actor.get(target), Refusal::absent()).await;
        }
    }
    trial.conclude().await
}

/// The roles as the table calls them.
const ROLES: [(&str, Persona); 6] = [
    ("admin", AdminA1),
    ("clinician", ClinA1),
    ("reception", RecepA),
    ("auditor", AuditA),
    ("patient", PatA1),
    ("service", SvcARw),
];

async fn new_route(scene: &Scene) -> Outcome {
    let (admin, auditor) = (scene.actor(AdminA1)?, scene.actor(AuditA)?);
    let control = Control::new(admin.get(&admin.members_path()), 200)
        .and(Control::new(auditor.get("/v1/audit-events"), 200));
    let mut trial = Trial::begin(scene, control).await?;
    for row in brigandine_api::endpoints::all() {
        let is_for_members = row.effect().is_some();
        let held = !row.roles().is_empty();
        let story = format!("{} {}", row.method, row.path);
        trial.found(
            &story,
            Finding::must(is_for_members == held, "it is open to members, and no role holds it"),
        );
    }
    for endpoint in endpoints().iter().filter(|endpoint| !endpoint.roles.is_empty() && !endpoint.over) {
        for (role, persona) in ROLES {
            if endpoint.roles.contains(&role) {
                continue;
            }
            let actor = scene.actor(persona)?.with_scopes(EVERY_SCOPE)?;
            let request = actor.request(&endpoint.method, &filled(endpoint.path, scene));
            // Of a file the type is looked at first.
            let is_file = endpoint.method == "POST" && endpoint.path.ends_with("/documents");
            let request = if is_file { NewFile::pdf("a new route").on(request) } else { request };
            let story = format!("{role}: {}", request.describe());
            let judge = |answer: &Answer| match answer.slug().as_deref() {
                Some("forbidden" | "not-a-user") if answer.status == 403 => Finding::Fine,
                _ if matches!(answer.status, 401 | 403 | 415 | 429 | 503) => {
                    Finding::Unclear(answer.summary())
                }
                _ => Finding::Breach(format!("let through to {}", answer.summary())),
            };
            let answer = request.send_leisurely().await?;
            trial.found(&story, judge(&answer));
        }
    }
    trial.conclude().await
}
