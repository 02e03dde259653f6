//! A name is nobody's for ever, and nothing comes with it.

use crate::{
    arena::TemporaryDirectory,
    attacks::{filled, prelude::*, write_private},
    matrix::{endpoints, has_clinic},
};

/// Who works in the new organization.
const STAFF: [(Persona, &str); 4] =
    [(AdminA1, "admin"), (RecepA, "reception"), (ClinA1, "clinician"), (AuditA, "auditor")];

/// The new organization and its members: the persona whose issuer vouches for them, and their subject.
struct Heir {
    organization: Uuid,
    staff: Vec<(Actor, String)>,
}

impl Heir {
    /// Founds it, as an operator does.
    async fn founded(scene: &Scene, name: &str) -> Result<Self, AttackError> {
        let mut staff = Vec::new();
        let mut members = Vec::new();
        for (persona, role) in STAFF {
            let (actor, subject) = (scene.actor(persona)?, format!("heir-{}", Uuid::new_v4().simple()));
            members.push(json!({
                "issuer": actor.issuer(), "subject": subject, "display_name": "Heir", "role": role,
            }));
            staff.push((actor, subject));
        }
        let import = json!({ "organizations": [{ "name": name, "members": members }] });
        let folder = TemporaryDirectory::new()?;
        let file = write_private(folder.path(), &import.to_string())?.display().to_string();
        let service = scene.service()?;
        let arguments = ["admin", "import", file.as_str()];
        let (mut code, mut printed, mut said) = service.command(service.settings(), &arguments).await?;
        for _ in 0..10 {
            // The running service writes to the same file.
            if !said.contains("busy") {
                break;
            }
            (code, printed, said) = service.command(service.settings(), &arguments).await?;
        }
        let odd = || AttackError::Setup(format!("the import ended with {code}: {}", said.trim()));
        let printed: Value = serde_json::from_str(&printed).map_err(|_| odd())?;
        let id = printed.pointer("/organizations/0/id").and_then(Value::as_str);
        let organization = id.and_then(|id| Uuid::parse_str(id).ok()).ok_or_else(odd)?;
        Ok(Self { organization, staff })
    }

    fn token(&self, actor: &Actor, subject: &str) -> Result<String, AttackError> {
        let recipe = actor.with_scopes(EVERY_SCOPE)?.recipe();
        Ok(recipe.claim("sub", subject).claim("org", self.organization.to_string()).sign()?)
    }
}

pub(super) async fn reuse(scene: &Scene) -> Outcome {
    let (admin, reception) = (scene.actor(AdminA1)?, scene.actor(RecepA)?);
    let added = scene.demand(&admin.post(&admin.members_path()).json(&admin.newcomer()), 201).await?;
    let mut traces = vec![admin.id().to_string(), reception.id().to_string(), scene.a().to_string()];
    traces.extend(added.uuid("/id").map(|id| id.to_string()));
    if has_clinic() {
        let patient = scene.patient().await?;
        traces.extend([
            patient.id.to_string(),
            patient.sent.family_name.clone(),
            patient.sent.metadata_canary,
        ]);
    }
    let rows =
        scene.observer().rows("organizations", &format!("id = {}", scene.observer().id(scene.a()))).await?;
    let name = rows.first().and_then(|row| row.text("name"));
    let name = name.ok_or_else(|| AttackError::Setup("organization A has no name".into()))?;
    let in_b = scene.actor(RecepB)?;
    let mut trial = Trial::begin(scene, Control::new(in_b.get(&in_b.members_path()), 200)).await?;
    let close =
        format!("UPDATE organizations SET status = 'closed' WHERE id = {}", scene.observer().id(scene.a()));
    trial.honestly(scene.observer().execute(&close)).await?;

    let heir = Heir::founded(scene, &name).await?;
    let traced = |answer: &Answer| match traces.iter().position(|trace| answer.mentions(trace)) {
        Some(at) => Finding::Breach(format!("the answer holds the old organization's trace {at}")),
        None => Finding::Fine,
    };
    let mut shown = 0_usize;
    for (actor, subject) in &heir.staff {
        let token = heir.token(actor, subject)?;
        for endpoint in endpoints().iter().filter(|it| it.method == "GET" && !it.roles.is_empty() && !it.over)
        {
            let path = endpoint.path.replace("{organization}", &heir.organization.to_string());
            let request = scene.anyone().get(&filled(&path, scene)).bearer(&token);
            let story = format!("{}: {}", actor.persona().name(), request.describe());
            let answer = request.send_leisurely().await?;
            shown += usize::from(answer.status == 200);
            trial.found(&story, traced(&answer));
        }
        let behind = scene
            .anyone()
            .get(&reception.path().replace(&scene.a().to_string(), &heir.organization.to_string()));
        trial.check("a former member behind the new address", behind.bearer(&token), traced).await;
    }
    // Each of them sees at least the organization and the colleagues.
    let reads =
        if shown >= STAFF.len() * 2 { Finding::Fine } else { Finding::Unclear(format!("{shown} answers")) };
    trial.found("what the new ones can read", reads);
    let gone = Refusal::invalid_token("member.inactive");
    trial.refused("the old receptionist", reception.get("/v1/me"), gone).await;
    trial.conclude().await
}
