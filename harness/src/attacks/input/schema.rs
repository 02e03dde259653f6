//! `input-schema`: types, lengths, ranges and patterns, enforced by the server.

use super::registration_with;
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        INPUT_SCHEMA / "boundary" = boundary,
        needs: Clinic,
        "The receptionist registers patients whose values are just outside their bounds: empty, one too long, blank, of the wrong type, of no format.",
        "She corrects a patient into such values. Each refusal must name the member and never the value.",
    ),
    attack!(
        INPUT_SCHEMA / "members" = members,
        "The administrator adds members and renames them, with values just outside their bounds.",
    ),
    attack!(
        INPUT_SCHEMA / "numbers" = numbers,
        needs: Clinic,
        "The receptionist sends numbers where texts and dates belong: negative, huge, beyond any range, not a number at all.",
        "She sends dates of years that no patient was born in, as far as the format goes.",
    ),
    attack!(
        INPUT_SCHEMA / "cross" = cross,
        needs: Clinic,
        "The receptionist registers a patient who will be born next century.",
        "She moves a patient's birth into the future.",
    ),
    attack!(
        INPUT_SCHEMA / "header" = super::schema_header::header,
        "A client sends keys, tags and names of requests that are too long, no ASCII, or nothing.",
        "It does so at every operation that takes such a field.",
    ),
];

/// A rule of this member is broken; the value that broke it is not repeated.
fn broken(pointer: &str, value: &Value) -> Refusal {
    let refusal = Refusal::invalid("validation-failed", pointer);
    match value.as_str() {
        Some(text) if text.len() > 8 => {
            let text = text.to_owned();
            refusal.breach_if(move |answer| answer.mentions(&text))
        }
        _ => refusal,
    }
}

async fn boundary(scene: &Scene) -> Outcome {
    // Two, as the audit log keeps a number of refusals for each and samples the rest.
    let (clinician, colleague) = (scene.actor(ClinA1)?, scene.actor(ClinA2)?);
    let patient = scene.patient().await?;
    let control = Control::new(clinician.get(&patient.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;

    let refused: [(&str, Vec<Value>); 8] = [
        (
            "given_name",
            vec![
                json!(""),
                json!(" \u{a0}"),
                text(101),
                text(202),
                json!("two\nlines"),
                json!(7),
                Value::Null,
            ],
        ),
        (
            "family_name",
            vec![json!(""), json!("\t"), text(101), text(202), json!({ "is": "no text" }), json!(["x"])],
        ),
        (
            "birth_date",
            vec![
                json!(""),
                json!("1879-12-31"),
                json!("2001-02-30"),
                json!("27.03.1984"),
                json!("1984-03-27T00:00:00Z"),
                Value::Null,
            ],
        ),
        ("national_id", vec![json!(""), text(3), text(65), text(128), json!("with\ttab"), json!(true)]),
        (
            "phone",
            vec![
                json!(""),
                json!("+1"),
                json!("004930123456"),
                json!("+030123456"),
                json!("+4930 123456"),
                json!("+1234567890123456"),
            ],
        ),
        ("notes", vec![text(4001), json!(0)]),
        ("metadata", vec![json!([]), json!("text"), Value::Null]),
        ("attending_member_id", vec![json!("not-an-id"), json!(""), json!(1)]),
    ];
    for (member, values) in refused {
        let pointer = format!("/{member}");
        for value in values {
            let body = registration_with(member, value.clone());
            let story = format!("registers with {member} {}", short(&value));
            let request = clinician.post("/v1/patients").json(&body);
            trial.refused(&story, request, broken(&pointer, &value)).await;
            // `null` leaves or clears in a correction; there it is honest.
            if !value.is_null() && member != "national_id" {
                let request = colleague.patch(&patient.path()).json(&json!({ member: value }));
                let story = format!("corrects {member} into {}", short(&value));
                trial.refused(&story, request, broken(&pointer, &value)).await;
            }
        }
    }
    missing(scene, &mut trial).await?;
    for (name, value) in [("status", "deleted"), ("sort", "notes"), ("attending_member_id", "me")] {
        let request = clinician.get(&format!("/v1/patients?{name}={value}"));
        trial.refused(name, request, Refusal::invalid("validation-failed", &format!("?{name}"))).await;
    }
    trial.conclude().await
}

async fn missing(scene: &Scene, trial: &mut Trial<'_>) -> Result<(), AttackError> {
    let reception = scene.actor(RecepA)?;
    for member in ["given_name", "family_name", "birth_date", "national_id"] {
        let mut body = NewPatient::unique().body();
        if let Some(members) = body.as_object_mut() {
            members.remove(member);
        }
        let request = reception.post("/v1/patients").json(&body);
        trial.refused(member, request, Refusal::invalid("validation-failed", "")).await;
    }
    Ok(())
}

async fn members(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let colleague = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(admin.get(&colleague.path()), 200)).await?;
    let new = |member: &str, value: &Value| {
        let mut body = admin.newcomer();
        if let Some(members) = body.as_object_mut() {
            members.insert(member.into(), value.clone());
        }
        body
    };
    for (member, value) in [
        ("issuer", json!("")),
        ("issuer", text(256)),
        ("subject", json!(" ")),
        ("subject", text(256)),
        ("display_name", text(101)),
        ("display_name", json!("two\nlines")),
        ("role", json!("superuser")),
        ("role", json!("Admin")),
        ("role", json!(0)),
    ] {
        let request = admin.post(&admin.members_path()).json(&new(member, &value));
        let story = format!("adds a member with {member} {}", short(&value));
        trial.refused(&story, request, broken(&format!("/{member}"), &value)).await;
    }
    for (member, value) in
        [("display_name", text(101)), ("status", json!("removed")), ("role", json!("owner"))]
    {
        let request = admin.patch(&colleague.path()).json(&json!({ member: value }));
        let story = format!("changes {member} into {}", short(&value));
        trial.refused(&story, request, broken(&format!("/{member}"), &value)).await;
    }
    trial.conclude().await
}

async fn numbers(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let control = Control::new(reception.get("/v1/patients"), 200);
    let mut trial = Trial::begin(scene, control).await?;

    for year in ["-0001", "0000", "0001", "1879", "+10000", "+262142"] {
        let body = registration_with("birth_date", format!("{year}-06-15"));
        let request = reception.post("/v1/patients").json(&body);
        trial.refused(year, request, Refusal::invalid("validation-failed", "/birth_date")).await;
    }
    for phone in ["+0", "+4930123456789012345678", "+1e9999999", "+-49301234", "+٤٩٣٠١٢٣٤"] {
        let body = registration_with("phone", phone);
        let request = reception.post("/v1/patients").json(&body);
        trial.refused(phone, request, Refusal::invalid("validation-failed", "/phone")).await;
    }
    let literal = |member: &str, number: &str| {
        let body = registration_with(member, "@").to_string().replace(r#""@""#, number);
        reception.post("/v1/patients").body("application/json", body)
    };
    for number in [
        "-1",
        "0",
        "2147483648",
        "9223372036854775808",
        "-9223372036854775809",
        "0.30000000000000004",
        "1.0",
        "1e308",
    ] {
        for member in ["national_id", "birth_date"] {
            let refusal = Refusal::invalid("validation-failed", &format!("/{member}"));
            trial.refused(&format!("{member}: {number}"), literal(member, number), refusal).await;
        }
    }
    for nonsense in ["1e309", "NaN", "Infinity", "-Infinity", "01", "+1", "0x10", ".5", "1_000"] {
        let refusal =
            Refusal::problem(400, "malformed-json").audit("input_validation_fail", "malformed-json");
        trial.refused(nonsense, literal("national_id", nonsense), refusal).await;
    }
    trial.conclude().await
}

async fn cross(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let patient = scene.patient().await?;
    let control = Control::new(reception.get(&patient.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    for date in ["2126-01-01", "9999-12-31"] {
        let refusal = || Refusal::invalid("validation-failed", "/birth_date");
        let request = reception.post("/v1/patients").json(&registration_with("birth_date", date));
        trial.refused("is born in the future", request, refusal()).await;
        let request = reception.patch(&patient.path()).json(&json!({ "birth_date": date }));
        trial.refused("will have been born in the future", request, refusal()).await;
    }
    trial.conclude().await
}

/// A text of so many letters that nobody else sends.
fn text(length: usize) -> Value {
    let random = Uuid::new_v4().simple().to_string();
    Value::from(random.chars().cycle().take(length).collect::<String>())
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(24).collect()
}
