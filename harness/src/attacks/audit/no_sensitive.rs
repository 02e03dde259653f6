//! `audit-no-sensitive`: logs and audit tell who did what to which object, and no value of it.

use super::log_with;
use crate::attacks::prelude::*;
use brigandine_api::endpoints;
use brigandine_api::protection::{DB_RLS_FORCED, TENANT_ISOLATION};
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUDIT_NO_SENSITIVE / "canary" = canary,
        needs: Clinic,
        "Members register, read, correct and search for a patient with a canary in every field.",
        "They make mistakes: values of the wrong kind, too long, unknown, twice, with the canaries in them.",
        "An attacker reads log, metrics, and the auditor's list for the canaries.",
    ),
    attack!(
        AUDIT_NO_SENSITIVE / "cross-tenant" = cross_tenant,
        twin: Twin::Also(&[&TENANT_ISOLATION, &DB_RLS_FORCED]),
        "A's auditor lists events, by page and by name, while B works.",
    ),
];

async fn canary(scene: &Scene) -> Outcome {
    let (reception, clinician) = (scene.actor(RecepA)?, scene.actor(ClinA1)?);
    let auditor = scene.actor(AuditA)?;
    let patient = scene.patient().await?;
    let sent = &patient.sent;
    let control =
        Control::judged(auditor.get("/v1/audit-events"), 200, |answer| answer.mentions("object_ids"));
    let mut trial = Trial::begin(scene, control).await?;

    let notes = format!("notes-{}", Uuid::new_v4().simple());
    let corrected = clinician.patch(&patient.path()).json(&json!({ "notes": notes }));
    let first = trial.honestly(scene.demand(&corrected, 200)).await?;
    let wrong = |name: &str, value: Value| {
        let mut body = sent.body();
        if let Some(fields) = body.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
        reception.post("/v1/patients").json(&body)
    };
    let secret = &sent.national_id;
    let mut ids: Vec<Uuid> = first.request_id().into_iter().collect();
    for request in [
        clinician.get(&patient.path()),
        reception.get(&format!("/v1/patients?family_name={}", sent.family_name)),
        reception.get(&format!("/v1/patients?{}={}", sent.family_name, sent.national_id)),
        reception.get(&format!("/v1/patients/{}", sent.family_name)),
        scene.anyone().get(&format!("/v1/{}/{}", sent.family_name, sent.national_id)),
        wrong("phone", json!(sent.national_id)),
        wrong("birth_date", json!(sent.family_name)),
        wrong("birth_date", json!("1066-01-01")),
        wrong("given_name", json!(sent.family_name.repeat(20))),
        wrong("family_name", json!(format!("{}\n{}", sent.family_name, sent.given_name))),
        wrong("national_id", json!(format!("{secret}{}", "9".repeat(80)))),
        wrong(&sent.family_name, json!(secret)),
        wrong("metadata", json!(sent.metadata_canary)),
        wrong("given_name", json!("Another")),
        wrong("notes", json!(notes)),
        reception.post("/v1/patients").body("application/json", format!("{{\"national_id\":\"{secret}")),
        reception.post("/v1/patients").body("text/plain", secret.clone()),
    ] {
        ids.extend(request.send().await?.request_id());
    }
    let log = log_with(&scene.observer().log, &ids).await.join("\n");
    let metrics = scene.anyone().get("/metrics").to_operations().send().await?.text();
    let events = auditor.get("/v1/audit-events?limit=100").send().await?.text();
    let filter = format!("organization_id = {}", scene.observer().id(scene.a()));
    let rows = scene.observer().rows("audit_events", &filter).await?;
    let rows: String = rows.iter().map(Row::everything).collect();
    let finding =
        if ids.len() == 18 { Finding::Fine } else { Finding::Unclear(format!("{} answers", ids.len())) };
    trial.found("every request was answered", finding);
    for (sink, text) in [
        ("the log", &log),
        ("the metrics", &metrics),
        ("the auditor's list", &events),
        ("the audit rows", &rows),
    ] {
        for (field, value) in [
            ("given_name", &sent.given_name),
            ("family_name", &sent.family_name),
            ("national_id", &sent.national_id),
            ("phone", &sent.phone),
            ("notes", &notes),
            ("metadata", &sent.metadata_canary),
        ] {
            trial.found(sink, Finding::must(!text.contains(value.as_str()), format!("it holds the {field}")));
        }
    }
    // Labels from outside would let anybody make the metrics grow.
    let served: BTreeSet<&str> = endpoints::all().iter().map(|row| row.operation).chain(["none"]).collect();
    let series: Vec<&str> =
        metrics.lines().filter(|line| line.starts_with("brigandine_requests_total{")).collect();
    let finding = if series.is_empty() { Finding::Unclear("there are none".into()) } else { Finding::Fine };
    trial.found("the metrics' labels", finding);
    for line in series {
        let operation = line.split("operation=\"").nth(1).and_then(|rest| rest.split('"').next());
        let known = operation.is_some_and(|name| served.contains(name));
        trial.found("the metrics' labels", Finding::must(known, format!("{line} names no operation")));
    }
    trial.conclude().await
}

async fn cross_tenant(scene: &Scene) -> Outcome {
    let auditor = scene.actor(AuditA)?;
    let of_b = scene.actor(AdminB)?;
    let read = scene.actor(ClinB)?.get(&of_b.path()).send().await?;
    let list = auditor.get("/v1/audit-events");
    let mut trial = Trial::begin(scene, Control::new(list, 200)).await?;
    let needles = [of_b.id(), scene.b(), read.request_id().unwrap_or_default(), scene.actor(ClinB)?.id()];
    for query in [
        "?limit=100",
        "?limit=100&event=sensitive_read",
        "?limit=100&event=member_added",
        "?limit=100&event=authn_token_reject",
    ] {
        let mut next = Some(auditor.get(&format!("/v1/audit-events{query}")));
        // A neighbour's events are among the newest: the first pages would show them.
        for _ in 0..3 {
            let Some(request) = next.take() else { break };
            let answer = request.send().await?;
            let leak = needles.iter().any(|id| answer.mentions(&id.to_string()));
            let finding =
                if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
            trial.found(query, finding.and(Finding::must(!leak, "B's events are in A's list")));
            let cursor = answer.string("/next");
            next = cursor.map(|cursor| auditor.get(&format!("/v1/audit-events{query}&cursor={cursor}")));
        }
    }
    let unknown = auditor.get(&format!("/v1/audit-events?organization_id={}", scene.b()));
    trial.refused("by name", unknown, Refusal::problem(400, "unknown-parameter")).await;
    let other = scene
        .actor(AuditB)?
        .recipe()
        .claim("sub", auditor.subject())
        .claim("iss", auditor.issuer())
        .sign()?;
    let posing = auditor.get("/v1/audit-events").bearer(other);
    trial
        .refused("with B's organization in the token", posing, Refusal::invalid_token("member.unknown"))
        .await;
    trial.conclude().await
}
