//! `authz-scope`: a token does what its scopes say, whatever its holder may do otherwise.

use super::EVERY_SCOPE;
use crate::attacks::{oauth::whole_way, prelude::*, program::claims_of};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_SCOPE / "read-writes" = read_writes,
        needs: Clinic,
        "Administrator, clinician and auditor hold tokens that may only read, or only write.",
        "They use them for everything else that their roles may do.",
    ),
    attack!(
        AUTHZ_SCOPE / "prefix" = prefix,
        "The administrator's token holds scopes that look like the one she needs.",
    ),
    attack!(
        AUTHZ_SCOPE / "request-more" = request_more,
        needs: People,
        "A program that is registered to read asks the token endpoint for what it is not registered for.",
        "So does an application, through a browser and pushed; and one whose person's role has no use for a scope.",
    ),
];

async fn read_writes(scene: &Scene) -> Outcome {
    let (admin, clinician, auditor) = (scene.actor(AdminA1)?, scene.actor(ClinA1)?, scene.actor(AuditA)?);
    let colleague = scene.actor(ClinA2)?;
    let patient = scene.patient().await?;
    let reading = "profile:read organization:read members:read patients:read audit:read";
    let reader = admin.with_scopes(reading)?;
    let control = Control::new(reader.get(&colleague.path()), 200)
        .and(Control::new(clinician.with_scopes(reading)?.get(&patient.path()), 200));
    let mut trial = Trial::begin(scene, control).await?;

    let new_member = json!({
        "issuer": admin.issuer(), "subject": format!("new-{}", Uuid::new_v4()), "display_name": "New", "role": "admin",
    });
    let without = |actor: &Actor, scope: &str| {
        let left: Vec<&str> = EVERY_SCOPE.split_whitespace().filter(|word| *word != scope).collect();
        actor.with_scopes(&left.join(" "))
    };
    let (writing, treating) = (clinician.with_scopes(reading)?, without(&clinician, "patients:discharge")?);
    let blind = without(&clinician, "patients:read")?;
    let attempts = [
        (reader.post(&reader.members_path()).json(&new_member), "members:write"),
        (reader.patch(&colleague.path()).json(&json!({ "role": "auditor" })), "members:write"),
        (reader.delete(&colleague.path()), "members:write"),
        (writing.post("/v1/patients").json(&NewPatient::unique().body()), "patients:write"),
        (writing.patch(&patient.path()).json(&json!({ "family_name": "Berg" })), "patients:write"),
        (writing.post(&patient.discharge_path()), "patients:discharge"),
        (treating.post(&patient.discharge_path()), "patients:discharge"),
        (blind.get(&patient.path()), "patients:read"),
        (blind.get("/v1/patients"), "patients:read"),
        (without(&admin, "members:read")?.get(&colleague.path()), "members:read"),
        (without(&admin, "members:read")?.get(&admin.members_path()), "members:read"),
        (without(&auditor, "audit:read")?.get("/v1/audit-events"), "audit:read"),
        (without(&auditor, "profile:read")?.get("/v1/me"), "profile:read"),
        (without(&auditor, "organization:read")?.get("/v2/organization"), "organization:read"),
    ];
    for (request, scope) in attempts {
        let story = format!("{} without {scope}", request.describe());
        trial.refused(&story, request, Refusal::insufficient_scope(scope)).await;
    }
    trial.conclude().await
}

async fn prefix(scene: &Scene) -> Outcome {
    let (admin, colleague) = (scene.actor(AdminA1)?, scene.actor(ClinA2)?);
    let rename = |by: &Actor| by.patch(&colleague.path()).json(&json!({ "display_name": "Chris" }));
    let mut trial = Trial::begin(scene, Control::new(rename(&admin), 200)).await?;
    let demote = |by: &Actor| by.patch(&colleague.path()).json(&json!({ "role": "auditor" }));
    for scopes in [
        "members:writex",
        "members:writ",
        "xmembers:write",
        "members",
        "members:*",
        "*",
        "admin",
        "members:read",
        "MEMBERS:WRITE",
        "Members:write",
        "members:write,members:read",
        "members:read\tmembers:write",
        "members:read\u{a0}members:write",
        "members.write",
        "members:write:own",
    ] {
        let near = admin.with_scopes(scopes)?;
        trial.refused(scopes, demote(&near), Refusal::insufficient_scope("members:write")).await;
    }
    trial.conclude().await
}

async fn request_more(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let own = ["organization:read", "patients:read"];
    let program = scene.program(|body| drop(body.insert("scopes".into(), json!(own)))).await?;
    let control = Control::made_anew(200, || program.token_request(scene, Some("patients:read")))
        .and(whole_way(&reception));
    let mut trial = Trial::begin(scene, control).await?;
    let refusal = || Refusal::oauth(400, "invalid_scope").audit("oauth_request_refused", "scope");
    for scope in [
        "patients:write",
        "patients:read patients:write",
        "members:write",
        "openid",
        "patients:*",
        "PATIENTS:READ",
        "patients:read,patients:write",
        "*",
    ] {
        trial.refused(scope, program.token_request(scene, Some(scope))?, refusal()).await;
    }
    let browser = reception.signed_in().await?;
    for scope in ["openid api-clients:write", "openid members:*", "openid everything"] {
        let app = reception.authorization(CLINIC_APP).with("scope", scope);
        let told = Refusal::redirected("invalid_scope").audit("oauth_request_refused", "scope");
        trial.refused(scope, app.request(&browser), told).await;
        trial.refused(&format!("{scope}, pushed"), app.pushed(), refusal()).await;
    }
    // Registered for the application, and of no use to a receptionist: she is given what her role can use.
    let wide = "openid profile:read patients:read members:write audit:read patients:discharge";
    let tokens = reception.authorization(CLINIC_APP).with("scope", wide).tokens(&browser).await?;
    let given = claims_of(&tokens.access).get("scope").and_then(Value::as_str).unwrap_or_default().to_owned();
    let beyond: Vec<&str> = given
        .split(' ')
        .filter(|scope| ["members:write", "audit:read", "patients:discharge"].contains(scope))
        .collect();
    let read = given.split(' ').any(|scope| scope == "profile:read");
    let finding = if read { Finding::Fine } else { Finding::Unclear(format!("she was given {given:?}")) };
    trial.found("what she is given", finding.and(Finding::must(beyond.is_empty(), format!("{beyond:?}"))));
    trial.conclude().await
}
