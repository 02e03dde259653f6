//! `dto-response-allowlist`: what goes out is written down; the rest of the row stays.

use super::members::{self, nothing_beside};
use crate::{
    attacks::{Hook, oauth::whole_way, prelude::*, program::claims_of, something_happens},
    matrix::has_clinic,
};

/// Which members an answer may have.
type Allowed = &'static [&'static str];

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        DTO_RESPONSE_ALLOWLIST / "schema-diff" = schema_diff,
        "Everybody reads everything that they may, and is refused what they may not.",
        "Each answer is compared with the documented members.",
    ),
    attack!(
        DTO_RESPONSE_ALLOWLIST / "canaries" = canaries,
        needs: Clinic,
        "The columns that no view shows are read from the database.",
        "They are looked for in every byte that clinician, receptionist, program and patient receive.",
    ),
    attack!(
        DTO_RESPONSE_ALLOWLIST / "expand" = expand,
        needs: Clinic,
        "The receptionist asks for further fields and relations by name, and for an internal media type.",
    ),
    attack!(
        DTO_RESPONSE_ALLOWLIST / "webhook" = webhook,
        "Whoever owns the address of a webhook reads what it is told, word by word.",
    ),
    attack!(
        DTO_RESPONSE_ALLOWLIST / "token" = token,
        needs: People,
        "The receptionist and the patient take the tokens apart that their application was given, and a program its own.",
        "They look for claims that nobody documented, and for whatever says who somebody is, lives, or has.",
    ),
];

async fn schema_diff(scene: &Scene) -> Outcome {
    let (reception, admin, auditor) = (scene.actor(RecepA)?, scene.actor(AdminA1)?, scene.actor(AuditA)?);
    let record = if has_clinic() { Some(scene.record_of(PatA1).await?) } else { None };
    let mut trial = Trial::begin(scene, Control::new(reception.get(&reception.path()), 200)).await?;

    let absent = format!("{}/7", reception.members_path());
    let mut requests = vec![
        (admin.get(&admin.members_path()), members::MEMBER_FOR_ADMIN),
        (reception.get(&reception.path()), members::MEMBER_FOR_ADMIN),
        (reception.get("/v1/me"), members::ME),
        (reception.get(&reception.organization_path()), members::ORGANIZATION),
        (auditor.get("/v1/audit-events"), members::AUDIT_EVENT),
        (auditor.get("/v1/api-clients"), members::PROBLEM),
        (reception.get(&absent), members::PROBLEM),
        (admin.post(&admin.members_path()).json(&json!({})), members::PROBLEM),
    ];
    if let Some(record) = &record {
        requests.extend(of_the_clinic(scene, record)?);
    }
    for (request, allowed) in requests {
        let story = request.describe();
        trial.check(&story, request, |answer| nothing_beside(answer, allowed)).await;
    }
    let add = admin.post(&admin.members_path()).json(&admin.newcomer());
    let added = trial.honestly(add.send()).await?;
    trial.found("adding a member", nothing_beside(&added, members::MEMBER_FOR_ADMIN));
    if let Some(record) = &record {
        changes_of_the_clinic(scene, &mut trial, record).await?;
    }
    trial.conclude().await
}

fn of_the_clinic(scene: &Scene, record: &Patient) -> Result<Vec<(Request, Allowed)>, AttackError> {
    let (clinician, reception, admin) = (scene.actor(ClinA1)?, scene.actor(RecepA)?, scene.actor(AdminA1)?);
    let (program, patient, path) = (scene.actor(SvcARw)?, scene.actor(PatA1)?, record.path());
    Ok(vec![
        (clinician.get(&path), members::PATIENT_FOR_CLINICIAN),
        (reception.get(&path), members::PATIENT_FOR_CLINICIAN),
        (program.get(&path), members::PATIENT_FOR_CLINICIAN),
        (patient.get(&path), members::PATIENT_FOR_CLINICIAN),
        (clinician.get("/v1/patients"), members::PATIENT_SUMMARY),
        (patient.get("/v1/patients"), members::PATIENT_SUMMARY),
        (admin.get(&path), members::PROBLEM),
        (reception.get("/v1/patients/7"), members::PROBLEM),
        (reception.post("/v1/patients").json(&json!({})), members::PROBLEM),
    ])
}

async fn changes_of_the_clinic(
    scene: &Scene,
    trial: &mut Trial<'_>,
    record: &Patient,
) -> Result<(), AttackError> {
    let (clinician, reception) = (scene.actor(ClinA1)?, scene.actor(RecepA)?);
    let register = reception.post("/v1/patients").json(&NewPatient::unique().body());
    for (story, request) in [
        ("correcting", clinician.patch(&record.path()).json(&json!({ "family_name": "Berg" }))),
        ("registering", register),
        ("discharging", clinician.post(&record.discharge_path())),
    ] {
        let answer = trial.honestly(request.send()).await?;
        trial.found(story, nothing_beside(&answer, members::PATIENT_FOR_CLINICIAN));
    }
    Ok(())
}

async fn canaries(scene: &Scene) -> Outcome {
    let record = scene.record_of(PatA1).await?;
    let row = scene.observer().row("patients", record.id).await?;
    let missing = || AttackError::Setup("the patient's row has no such column".into());
    let hex = |column: &str| {
        let bytes = row.bytes(column).ok_or_else(missing)?;
        Ok::<String, AttackError>(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    };
    let hidden = [
        ("national_id_index", hex("national_id_index")?),
        ("national_id, sealed", hex("national_id")?),
        ("registered_by", row.uuid("registered_by").ok_or_else(missing)?.to_string()),
        ("organization_id", scene.a().to_string()),
    ];
    let clinician = scene.actor(ClinA1)?;
    let mut trial = Trial::begin(scene, Control::new(clinician.get(&record.path()), 200)).await?;
    for persona in [ClinA1, RecepA, SvcARo, SvcARw, PatA1] {
        for target in [record.path(), "/v1/patients".into(), "/v1/patients?sort=name".into()] {
            let request = scene.actor(persona)?.get(&target);
            let story = format!("{} reads {target}", persona.name());
            let judge = |answer: &Answer| match hidden.iter().find(|(_, value)| answer.mentions(value)) {
                Some((column, _)) => Finding::Breach(format!("the answer holds {column}")),
                None => Finding::Fine,
            };
            trial.check(&story, request, judge).await;
        }
    }
    trial.conclude().await
}

async fn expand(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get(&patient.path()), 200)).await?;

    let unknown =
        || Refusal::problem(400, "unknown-parameter").audit("input_validation_fail", "unknown-parameter");
    // Patients can be asked for in part, but not for more than the reader sees.
    let no_such_field =
        || Refusal::problem(400, "unknown-field").audit("input_validation_fail", "unknown-field");
    for target in
        [patient.path(), "/v1/patients".into(), reception.members_path(), reception.path(), "/v1/me".into()]
    {
        for query in
            ["fields=*", "fields=national_id_index", "include=registered_by", "expand=organization.members"]
        {
            let refusal = match query.starts_with("fields=") && target.starts_with("/v1/patients") {
                true => no_such_field(),
                false => unknown(),
            };
            trial.refused(query, reception.get(&format!("{target}?{query}")), refusal).await;
        }
    }
    let refusal = || Refusal::problem(406, "not-acceptable").audit("request_refused", "not-acceptable");
    for accept in ["application/vnd.clinic.internal+json", "application/x-ndjson", "text/csv", "text/html"] {
        trial.refused(accept, reception.get(&patient.path()).header("accept", accept), refusal()).await;
    }
    trial.conclude().await
}

async fn webhook(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let control = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let before = scene.catcher().arrivals(&hook.token).len();
    trial.honestly(something_happens(scene, "Renamed")).await?;
    let Some(told) = scene.catcher().wait_for(&hook.token, before.saturating_add(1)).await else {
        return Err(AttackError::Setup("the event does not arrive".into()));
    };
    let told: Value = serde_json::from_str(&told.body)
        .map_err(|error| AttackError::Setup(format!("the delivery is no JSON: {error}")))?;
    let parts = [("the message", Some(&told), members::MESSAGE), ("its data", told.get("data"), &["id"][..])];
    for (story, part, allowed) in parts {
        let names = part.and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str());
        let extra: Vec<&str> = names.filter(|name| !allowed.contains(name)).collect();
        trial.found(story, Finding::must(extra.is_empty(), format!("it tells {extra:?}")));
    }
    trial.conclude().await
}

/// What an access token may say (RFC 9068 §2.2), and an ID token (OpenID Connect Core §2).
const IN_ACCESS: Allowed = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "jti",
    "client_id",
    "scope",
    "org",
    "sid",
    "acr",
    "auth_time",
    "cnf",
];
const IN_ID: Allowed = &["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"];

/// Every scope that an application might hope to get more by.
const CURIOUS: &str = "openid email profile:read organization:read patients:read";

async fn token(scene: &Scene) -> Outcome {
    let people = [scene.person(RecepA)?, scene.person(PatA1)?];
    let program = scene.program(|_| {}).await?;
    let [reception, _] = &people;
    let mut trial = Trial::begin(scene, whole_way(reception)).await?;
    for person in &people {
        let browser = person.signed_in().await?;
        let app = person.authorization(CLINIC_APP).with("scope", CURIOUS);
        let first = app.tokens(&browser).await?;
        let refreshed = Tokens::of(&app.refresh(&first.refresh).send_patiently().await?);
        let refreshed = refreshed.ok_or_else(|| AttackError::Setup("there is no second pair".into()))?;
        let member = scene.observer().row("members", person.account().member).await?;
        let personal = [Some(person.account().email.clone()), member.text("display_name")];
        for tokens in [first, refreshed] {
            for (story, text, allowed) in
                [("an access token", &tokens.access, IN_ACCESS), ("an ID token", &tokens.id, IN_ID)]
            {
                trial.found(story, says_no_more(text, allowed, &personal));
            }
        }
    }
    let own = program.token(scene).await?;
    trial.found("a program's token", says_no_more(&own, IN_ACCESS, &[Some("Laboratory".into())]));
    trial.conclude().await
}

/// Nothing but these claims, and none of these values in them.
fn says_no_more(token: &str, allowed: Allowed, personal: &[Option<String>]) -> Finding {
    let claims = claims_of(token);
    let Some(members) = claims.as_object() else { return Finding::Unclear("it is no token".into()) };
    let extra: Vec<&str> =
        members.keys().map(String::as_str).filter(|name| !allowed.contains(name)).collect();
    let text = claims.to_string().to_lowercase();
    let told = personal.iter().flatten().any(|value| text.contains(&value.to_lowercase()));
    Finding::must(extra.is_empty(), format!("it says {extra:?}"))
        .and(Finding::must(!told, "it says who somebody is"))
}
