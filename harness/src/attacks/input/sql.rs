//! `input-sql`: input is data, never a part of a statement.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        INPUT_SQL / "boolean" = boolean,
        needs: Clinic,
        "The receptionist searches for O'Brien and finds O'Brien.",
        "She searches for conditions that are always true, in every input that is text.",
        "She must find nobody, and no input may make the database complain.",
    ),
    attack!(
        INPUT_SQL / "union" = union,
        needs: Clinic,
        "The receptionist ends the search's condition and appends a query of her own for members and key material.",
    ),
    attack!(
        INPUT_SQL / "order" = order,
        needs: Clinic,
        "The receptionist orders her list by an expression, by a column she may not see, and by a second statement.",
    ),
    attack!(
        INPUT_SQL / "like" = like,
        needs: Clinic,
        "The receptionist searches with the wildcards of SQL, which a search by beginnings does not have.",
    ),
    attack!(
        INPUT_SQL / "second-order" = second_order,
        needs: Clinic,
        "The receptionist registers patients whose names are pieces of SQL: data by now.",
        "She searches for exactly these names, corrects and lists them.",
    ),
];

/// Always true, in the dialects of both databases, for prefixes that are quoted, closed or commented out.
const TAUTOLOGIES: [&str; 12] = [
    "' OR '1'='1",
    "' OR '1'='1' OR '1'='",
    "' OR 'a' LIKE 'a",
    "') OR ('1'='1",
    "') OR ('a' LIKE 'a",
    "') OR 1=1--",
    "' OR 1=1--",
    "\" OR \"\"=\"",
    "\\' OR 1=1--",
    "' OR TRUE/*",
    "'||'",
    "'; DROP TABLE patients;--",
];

/// The list of patients whose family name begins so.
pub(super) fn search(actor: &Actor, beginning: &str) -> Request {
    actor.get(&format!("/v1/patients?limit=100&family_name={}", escaped(beginning)))
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The search must have found exactly these. An internal error says that the input became a part of the statement.
pub(super) fn finds(answer: &Answer, expected: &[Uuid]) -> Finding {
    // A busy disk is no broken statement.
    let is_away = answer.slug().as_deref() == Some("dependency-unavailable");
    if answer.status >= 500 && !is_away {
        return Finding::Breach(format!("the input broke the statement: {}", answer.summary()));
    }
    if answer.status != 200 {
        return Finding::Unclear(answer.summary());
    }
    let items = answer.json().get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found: Vec<_> =
        items.iter().filter_map(|item| item.get("id")?.as_str().map(str::to_owned)).collect();
    let mut wanted: Vec<_> = expected.iter().map(Uuid::to_string).collect();
    found.sort();
    wanted.sort();
    Finding::must(found == wanted, format!("found {} patients instead of {}", items.len(), expected.len()))
}

pub(super) async fn named(scene: &Scene, family_name: &str) -> Result<Patient, AttackError> {
    scene.patient_with(RecepA, NewPatient { family_name: family_name.into(), ..NewPatient::unique() }).await
}

/// An honest search. It holds no apostrophe, so that it works in the twin too.
fn finds_brannigan<'a>(reception: &Actor, brannigan: &Patient) -> Control<'a> {
    let id = brannigan.id;
    Control::judged(search(reception, "Brannigan"), 200, move |answer| {
        matches!(finds(answer, &[id]), Finding::Fine)
    })
}

fn injected(refusal: Refusal) -> Refusal {
    refusal.breach_if(|answer| answer.status >= 500)
}

async fn boolean(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let brannigan = named(scene, "Brannigan").await?;
    let o_brien = named(scene, "O'Brien").await?;
    scene.patient_in_b().await?;
    let mut trial = Trial::begin(scene, finds_brannigan(&reception, &brannigan)).await?;
    trial.check("O'Brien", search(&reception, "O'Brien"), |answer| finds(answer, &[o_brien.id])).await;
    for payload in TAUTOLOGIES {
        trial.check(payload, search(&reception, payload), |answer| finds(answer, &[])).await;
        let escaped = escaped(payload);
        for (name, refusal) in [
            ("status", Refusal::invalid("validation-failed", "?status")),
            ("attending_member_id", Refusal::invalid("validation-failed", "?attending_member_id")),
            ("limit", Refusal::invalid("limit-out-of-range", "?limit")),
            ("cursor", Refusal::problem(400, "invalid-cursor")),
        ] {
            let request = reception.get(&format!("/v1/patients?{name}={escaped}"));
            trial.refused(&format!("{name}={payload}"), request, injected(refusal)).await;
        }
    }
    for payload in ["' OR '1'='1", "x' OR 'a' LIKE 'a"] {
        let escaped = escaped(payload);
        let path = format!("/v1/patients/{escaped}");
        trial.refused("an id in the path", reception.get(&path), injected(Refusal::absent())).await;
        let path = format!("{}/{escaped}", reception.members_path());
        trial.refused("a member's id in the path", reception.get(&path), injected(Refusal::absent())).await;
        let events = scene.actor(AuditA)?.get(&format!("/v1/audit-events?event={escaped}"));
        trial.check("an event's name", events, no_events).await;
    }
    trial.conclude().await
}

fn no_events(answer: &Answer) -> Finding {
    let none = answer.json().pointer("/items").and_then(Value::as_array).is_some_and(Vec::is_empty);
    Finding::must(
        answer.status == 422 || (answer.status == 200 && none),
        format!("answered {}", answer.summary()),
    )
}

async fn union(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let brannigan = named(scene, "Brannigan").await?;
    let mut trial = Trial::begin(scene, finds_brannigan(&reception, &brannigan)).await?;
    for payload in [
        "' UNION SELECT id,subject,issuer,'2000-01-01',role,created_at FROM members WHERE 'a' LIKE 'a",
        "') UNION SELECT id,subject,issuer,'2000-01-01',role,created_at FROM members WHERE('a'LIKE'a",
        "')UNION SELECT id,subject,issuer,'2000-01-01',role,created_at FROM members--",
        "' UNION SELECT name,sql,sql,sql,sql,sql FROM sqlite_master--",
        "' UNION ALL SELECT usename,passwd,NULL,NULL,NULL,NULL FROM pg_shadow--",
        "' INTERSECT SELECT NULL--",
    ] {
        trial.check(payload, search(&reception, payload), |answer| finds(answer, &[])).await;
    }
    trial.conclude().await
}

async fn order(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    scene.patient().await?;
    let control = Control::new(reception.get("/v1/patients?sort=-created_at"), 200);
    let mut trial = Trial::begin(scene, control).await?;
    for payload in [
        "(select 1)",
        "created_at;drop table patients",
        "national_id",
        "given_name",
        "CREATED_AT",
        "created_at desc",
        "created_at,id",
        "1",
        "case when (select count(*) from members)>0 then given_name else family_name end",
        "",
    ] {
        let request = reception.get(&format!("/v1/patients?sort={}", escaped(payload)));
        trial.refused(payload, request, injected(Refusal::invalid("validation-failed", "?sort"))).await;
    }
    let request = reception.get("/v1/patients?fields=id,password_hash");
    trial.refused("chosen columns", request, injected(Refusal::problem(400, "unknown-field"))).await;
    trial.conclude().await
}

async fn like(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let percent = named(scene, "100% Müller").await?;
    named(scene, "1000 Müller").await?;
    let underscore = named(scene, "a_b").await?;
    named(scene, "axb").await?;
    let backslash = named(scene, "c\\d").await?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/patients"), 200)).await?;
    for wild in ["%", "_", "__", "\\", "%%", "%üll", "1%M", "a\\_b", "[a-z]", "*"] {
        trial.check(wild, search(&reception, wild), |answer| finds(answer, &[])).await;
    }
    for (name, patient) in [("100%", &percent), ("a_", &underscore), ("c\\d", &backslash)] {
        trial.check(name, search(&reception, name), |answer| finds(answer, &[patient.id])).await;
    }
    trial.conclude().await
}

async fn second_order(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let brannigan = named(scene, "Brannigan").await?;
    let mut trial = Trial::begin(scene, finds_brannigan(&reception, &brannigan)).await?;
    for payload in
        ["X' OR '1'='1", "Y'); DROP TABLE patients;--", "Z'||(SELECT sqlite_version())||'", "W%' ESCAPE '%"]
    {
        let patient = trial.honestly(named(scene, payload)).await?;
        trial.check(payload, search(&reception, payload), |answer| finds(answer, &[patient.id])).await;
        let correction = reception.patch(&patient.path()).json(&json!({ "given_name": payload }));
        let corrected = trial.honestly(correction.send_patiently()).await?;
        let kept = ["/given_name", "/family_name"]
            .iter()
            .all(|name| corrected.string(name).as_deref() == Some(payload));
        trial.found(
            payload,
            Finding::must(corrected.status == 200 && kept, "the text came back as something else"),
        );
    }
    trial.conclude().await
}
