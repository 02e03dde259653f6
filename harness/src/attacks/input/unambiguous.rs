//! `input-unambiguous`: one meaning per message.

use crate::{attacks::prelude::*, matrix::has_clinic};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        INPUT_UNAMBIGUOUS / "dup-json" = dup_json,
        needs: Clinic,
        "The receptionist sends members twice: a harmless value for whoever reads the first, another one for whoever reads the last.",
        "She hides the second one deeper, in free-form data, and behind an escaped name.",
    ),
    attack!(
        INPUT_UNAMBIGUOUS / "dup-query" = dup_query,
        "The receptionist sends a query parameter twice, once plainly and once escaped, and in the forms of other frameworks.",
    ),
    attack!(
        INPUT_UNAMBIGUOUS / "shape" = shape,
        "The administrator sends a new member as a list of values without names.",
        "She sends two documents, a comment, a byte order mark, another encoding, a role twice.",
    ),
    attack!(
        INPUT_UNAMBIGUOUS / "unknown-query" = unknown_query,
        "The receptionist guesses parameters that switch something on: debug, is_admin, fields.",
    ),
];

fn ambiguous() -> Refusal {
    Refusal::problem(400, "ambiguous-input").audit("input_validation_fail", "ambiguous-input")
}

fn malformed() -> Refusal {
    Refusal::problem(400, "malformed-json").audit("input_validation_fail", "malformed-json")
}

fn duplicate() -> Refusal {
    Refusal::problem(400, "duplicate-parameter").audit("input_validation_fail", "duplicate-parameter")
}

fn unknown() -> Refusal {
    Refusal::problem(400, "unknown-parameter").audit("input_validation_fail", "unknown-parameter")
}

async fn dup_json(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let patient = scene.patient().await?;
    let own = scene.actor(ClinA1)?.id();
    let other = scene.actor(ClinA2)?.id();
    let mut trial = Trial::begin(scene, Control::new(reception.get(&patient.path()), 200)).await?;
    let register = |body: String| reception.post("/v1/patients").body("application/json", body);
    let correct = |body: String| reception.patch(&patient.path()).body("application/json", body);
    // Appended inside the object: the second value of a member that is there already, or twice in what is new.
    let registration = |extra: &str| {
        let body = NewPatient::unique().body().to_string();
        format!("{},{extra}}}", body.strip_suffix('}').unwrap_or(&body))
    };

    for (story, body) in [
        ("the national id twice", registration(r#""national_id":"SECOND-ONE""#)),
        ("an escaped name", registration(r#""\u006eational_id":"SECOND-ONE""#)),
        (
            "a reference twice",
            registration(&format!(r#""attending_member_id":"{own}","attending_member_id":"{other}""#)),
        ),
        ("the metadata twice", registration(r#""metadata":{"second":true}"#)),
        ("the same value twice", registration(r#""birth_date":"1984-03-27""#)),
    ] {
        trial.refused(story, register(body), ambiguous()).await;
    }
    for (story, body) in [
        ("a name twice", r#"{"family_name":"First","family_name":"Second"}"#),
        ("a null first", r#"{"phone":null,"phone":"+4930123456"}"#),
        ("inside free-form data", r#"{"metadata":{"role":"guest","role":"admin"}}"#),
        ("deep inside free-form data", r#"{"metadata":{"a":[{"b":{"c":1,"c":2}}]}}"#),
        ("an escaped name inside free-form data", r#"{"metadata":{"a":1,"\u0061":2}}"#),
        ("an empty name twice", r#"{"metadata":{"":1,"":2}}"#),
        ("in a member that does not exist", r#"{"nothing":{"a":1,"a":2}}"#),
    ] {
        trial.refused(story, correct(body.into()), ambiguous()).await;
    }
    trial.conclude().await
}

async fn dup_query(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let members = reception.members_path();
    let control = Control::new(reception.get(&format!("{members}?limit=1")), 200);
    let mut trial = Trial::begin(scene, control).await?;
    for query in [
        "limit=1&limit=100",
        "limit=1&limit=1",
        "limit=1&%6cimit=100",
        "limit=1&cursor=x&limit=2",
        "cursor=A&cursor=B",
    ] {
        trial.refused(query, reception.get(&format!("{members}?{query}")), duplicate()).await;
    }
    for query in [
        "limit[]=1",
        "limit[0]=1&limit=2",
        "limit.=1",
        "Limit=1",
        "%20limit=1",
        "limit%00=1",
        "=1",
        "limit=1&&;limit=2",
    ] {
        trial.refused(query, reception.get(&format!("{members}?{query}")), unknown()).await;
    }
    let admin = scene.actor(AdminA1)?;
    let request = admin.post(&format!("{members}?display_name=Other")).json(&admin.newcomer());
    trial.refused("a member of the body in the query", request, unknown()).await;
    if has_clinic() {
        twice_among_patients(&reception, &mut trial).await;
    }
    trial.conclude().await
}

/// A list with filters and an order.
async fn twice_among_patients(reception: &Actor, trial: &mut Trial<'_>) {
    for query in [
        "limit=1&status=active&limit=2",
        "status=active&status=discharged",
        "family_name=A&family_name=B",
        "sort=created_at&sort=-created_at",
    ] {
        trial.refused(query, reception.get(&format!("/v1/patients?{query}")), duplicate()).await;
    }
}

async fn shape(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let members = admin.members_path();
    let mut trial = Trial::begin(scene, Control::new(admin.get(&members), 200)).await?;
    let send = |body: Vec<u8>| admin.post(&members).body("application/json", body);

    // In the order of the members, as serde would take them for the struct.
    let positional = json!([admin.issuer(), Uuid::new_v4().to_string(), "Newcomer", "reception"]);
    let no_object = || Refusal::invalid("validation-failed", "");
    trial.refused("a list of values", send(positional.to_string().into()), no_object()).await;
    for other in ["[]", "\"text\"", "1", "null", "true", "[{}]"] {
        trial.refused(other, send(other.into()), no_object()).await;
    }
    let honest = || admin.newcomer().to_string();
    let utf16: Vec<u8> = honest().encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (story, body) in [
        ("a byte after it", format!("{}x", honest()).into_bytes()),
        ("two documents", format!("{}{}", honest(), honest()).into_bytes()),
        ("a byte order mark", format!("\u{feff}{}", honest()).into_bytes()),
        ("UTF-16", utf16),
        ("a comment after it", format!("{}//c", honest()).into_bytes()),
        ("a comment before it", format!("/*c*/{}", honest()).into_bytes()),
        ("a trailing comma", honest().replace('}', ",}").into_bytes()),
        ("single quotes", honest().replace('"', "'").into_bytes()),
        ("no UTF-8", [b"{\"display_name\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat()),
        ("a cut document", honest().trim_end_matches('}').into()),
        ("nothing", Vec::new()),
        ("a NUL after it", format!("{}\0", honest()).into_bytes()),
    ] {
        trial.refused(story, send(body), malformed()).await;
    }
    let twice = honest().replacen('{', r#"{"role":"auditor","#, 1);
    trial.refused("a role twice", send(twice.into_bytes()), ambiguous()).await;
    trial.conclude().await
}

async fn unknown_query(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut paths =
        vec!["/v1/me".into(), "/v2/organization".into(), reception.members_path(), reception.path()];
    if has_clinic() {
        paths.extend(["/v1/patients".into(), scene.patient().await?.path()]);
    }
    let control = Control::new(reception.get(&reception.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    for path in paths {
        for query in
            ["debug=1&is_admin=true", "include=notes", "_method=DELETE", "organization_id=x", "callback=f"]
        {
            let request = reception.get(&format!("{path}?{query}"));
            trial.refused(&format!("{path}?{query}"), request, unknown()).await;
        }
    }
    let request = scene.anyone().get("/.well-known/oauth-protected-resource?debug=1");
    trial.refused("without a token", request, Refusal::problem(400, "unknown-parameter")).await;
    trial.conclude().await
}
