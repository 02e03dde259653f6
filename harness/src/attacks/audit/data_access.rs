//! `audit-data-access`: whoever saw or changed a record can be named.

use crate::attacks::prelude::*;
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUDIT_DATA_ACCESS / "bulk" = bulk,
        needs: Clinic,
        "Everybody who may read records reads them: one by one, as lists, as their own, as a program.",
        "An auditor looks for each read: one event with the reader and the id of every object that was in the answer.",
    ),
    attack!(
        AUDIT_DATA_ACCESS / "members" = members,
        "An administrator looks members up, one and all; an auditor reads the audit log itself.",
        "An auditor looks for each read.",
    ),
    attack!(
        AUDIT_DATA_ACCESS / "bypass" = bypass,
        needs: Clinic,
        "A clinician reads a record by every side door: ranges, conditions, HEAD, method overrides, an answer she refuses.",
        "She registers, corrects and discharges.",
        "An auditor looks for each of them.",
    ),
];

/// Sends, and compares the event with what was in the answer.
async fn accounted(
    scene: &Scene,
    request: &Request,
    actor: &Actor,
    event: &str,
    objects: impl Fn(&Answer) -> BTreeSet<Uuid>,
) -> Result<Finding, AttackError> {
    let answer = request.send().await?;
    let Some(id) = answer.request_id().filter(|_| answer.succeeded()) else {
        return Ok(Finding::Unclear(answer.summary()));
    };
    let rows = scene.observer().audit_events_of(id).await?;
    let [row] = rows.as_slice() else {
        return Ok(Finding::Breach(format!("{} left {} events", request.describe(), rows.len())));
    };
    let ids = row.text("object_ids").unwrap_or_default();
    let ids: BTreeSet<Uuid> = serde_json::from_str(&ids).unwrap_or_default();
    let expected = objects(&answer);
    let right = row.text("event").as_deref() == Some(event)
        && row.text("outcome").as_deref() == Some("success")
        && row.uuid("actor_member_id") == Some(actor.id())
        && ids == expected;
    Ok(Finding::must(
        right,
        format!("{}: {} objects, the event says {}", request.describe(), expected.len(), row.everything()),
    ))
}

fn the_one(answer: &Answer) -> BTreeSet<Uuid> {
    answer.uuid("/id").into_iter().collect()
}

fn the_list(answer: &Answer) -> BTreeSet<Uuid> {
    let items = answer.json();
    let items = items.get("items").and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| Uuid::parse_str(item.get("id")?.as_str()?).ok()).collect()
}

async fn bulk(scene: &Scene) -> Outcome {
    let own = scene.record_of(PatA1).await?;
    for _ in 0..6 {
        scene.patient().await?;
    }
    let clinician = scene.actor(ClinA1)?;
    let path = own.path();
    let mut trial = Trial::begin(scene, Control::new(clinician.get(&path), 200)).await?;
    for persona in [ClinA1, RecepA, PatA1, SvcARo] {
        let actor = scene.actor(persona)?;
        let finding = accounted(scene, &actor.get(&path), &actor, "sensitive_read", the_one).await?;
        trial.found(&format!("{} reads a record", persona.name()), finding);
        for query in ["", "?limit=3", "?limit=100", "?sort=-created_at", "?status=active&limit=5"] {
            let list = actor.get(&format!("/v1/patients{query}"));
            let finding = accounted(scene, &list, &actor, "sensitive_read", the_list).await?;
            trial.found(&format!("{} lists {query}", persona.name()), finding);
        }
    }
    let next = clinician.get("/v1/patients?limit=2").send().await?.string("/next").unwrap_or_default();
    let second = clinician.get(&format!("/v1/patients?limit=2&cursor={next}"));
    trial.found("the second page", accounted(scene, &second, &clinician, "sensitive_read", the_list).await?);
    trial.conclude().await
}

async fn members(scene: &Scene) -> Outcome {
    let (admin, clinician) = (scene.actor(AdminA1)?, scene.actor(ClinA1)?);
    let member = admin.get(&clinician.path());
    let mut trial = Trial::begin(scene, Control::new(member.clone(), 200)).await?;
    trial.found("a member", accounted(scene, &member, &admin, "sensitive_read", the_one).await?);
    let members = admin.get(&admin.members_path());
    trial.found("the members", accounted(scene, &members, &admin, "sensitive_read", the_list).await?);
    let auditor = scene.actor(AuditA)?;
    let events = auditor.get("/v1/audit-events?limit=5");
    trial.found("the audit log", accounted(scene, &events, &auditor, "sensitive_read", the_list).await?);
    trial.conclude().await
}

async fn bypass(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let patient = scene.patient().await?;
    let read = clinician.get(&patient.path());
    let mut trial = Trial::begin(scene, Control::new(read.clone(), 200)).await?;
    for (name, value) in [
        ("range", "bytes=0-10"),
        ("if-none-match", "*"),
        ("if-modified-since", "Fri, 01 Jan 2038 00:00:00 GMT"),
        ("x-http-method-override", "HEAD"),
        ("cache-control", "only-if-cached"),
        ("accept-encoding", "gzip"),
        ("prefer", "return=minimal"),
    ] {
        let request = read.clone().header(name, value);
        trial.found(name, accounted(scene, &request, &clinician, "sensitive_read", the_one).await?);
    }
    let head = clinician.head(&patient.path());
    let the_patient = |_: &Answer| BTreeSet::from([patient.id]);
    trial.found("HEAD", accounted(scene, &head, &clinician, "sensitive_read", the_patient).await?);
    // The reader hangs up without reading the answer: the event is there all the same.
    let host = &scene.wire().target().host;
    let mark = format!("gone-{}", Uuid::new_v4().simple());
    let mut dial = scene.dial(false).await?;
    let (path, token) = (patient.path(), clinician.token());
    dial.write(format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nX-Request-Id: {mark}\r\n\r\n"
    ))
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(dial);
    let events = scene.observer().rows("audit_events", &format!("client_request_id = '{mark}'")).await?;
    trial.found(
        "an answer nobody reads",
        Finding::must(events.len() == 1, format!("{} events", events.len())),
    );

    let register = clinician.post("/v1/patients").json(&NewPatient::unique().body());
    let correct = clinician.patch(&patient.path()).json(&json!({ "family_name": "Corrected" }));
    let discharge = clinician.post(&patient.discharge_path());
    for (event, request) in
        [("patient_registered", register), ("patient_corrected", correct), ("patient_discharged", discharge)]
    {
        let finding = trial.honestly(accounted(scene, &request, &clinician, event, the_one)).await?;
        trial.found(event, finding);
    }
    trial.conclude().await
}
