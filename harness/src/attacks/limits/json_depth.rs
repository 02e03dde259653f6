//! `limit-json-depth`: JSON is as deep and as wide as honest documents are, also where nobody reads it.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LIMIT_JSON_DEPTH / "deep" = deep,
        needs: Clinic,
        "The receptionist registers a patient whose metadata is 32 levels deep.",
        "She goes one level deeper, then thousands: arrays, objects, both, in members nobody reads.",
    ),
    attack!(
        LIMIT_JSON_DEPTH / "wide" = wide,
        needs: Clinic,
        "The receptionist registers a patient with a list of a hundred in the metadata.",
        "She sends longer lists, thousands of members, colliding names, and a very long text.",
    ),
    attack!(
        LIMIT_JSON_DEPTH / "unread" = unread,
        "The administrator adds a member, with one more that nobody asked for: thousands of levels, elements, names.",
        "It must be refused before anybody looks what it is called.",
    ),
];

/// Levels that are taken, the body itself being the first.
const DEEPEST: usize = 32;

fn too_complex() -> Refusal {
    Refusal::problem(400, "json-too-complex").audit("input_validation_fail", "json-too-complex")
}

/// A registration with this JSON as the metadata's only value.
fn with_metadata(value: &str) -> String {
    with_member(&format!(r#""metadata":{{"x":{value}}}"#))
}

/// A registration with one member more.
fn with_member(member: &str) -> String {
    let mut body = NewPatient::unique().body();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("metadata");
    }
    let body = body.to_string();
    format!("{},{member}}}", body.trim_end_matches('}'))
}

fn arrays(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

fn objects(levels: usize) -> String {
    format!("{}0{}", r#"{"a":"#.repeat(levels), "}".repeat(levels))
}

fn mixed(levels: usize) -> String {
    let pairs = levels.div_ceil(2);
    format!("{}0{}", r#"[{"a":"#.repeat(pairs), "}]".repeat(pairs))
}

async fn deep(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let register = reception.post("/v1/patients");
    let honest = register.clone();
    let control = Control::made_anew(201, move || {
        honest.clone().body("application/json", with_metadata(&arrays(DEEPEST - 2)))
    });
    let mut trial = Trial::begin(scene, control).await?;

    let one_more = DEEPEST - 1;
    for (story, value) in [
        ("33 levels of arrays", arrays(one_more)),
        ("33 levels of objects", objects(one_more)),
        ("34 levels of both", mixed(one_more)),
        ("100 levels of arrays", arrays(100)),
        ("128 levels of objects", objects(126)),
        ("5000 levels of arrays", arrays(5000)),
        ("30000 levels of arrays, never closed", "[".repeat(30_000)),
        ("10000 levels of objects", objects(10_000)),
    ] {
        let request = register.clone().body("application/json", with_metadata(&value));
        let answer = trial.refused(story, request, too_complex()).await;
        let slow = answer.is_some_and(|answer| answer.elapsed > Duration::from_secs(2));
        trial.found(story, Finding::must(!slow, "refusing it took more than 2 s"));
    }
    // A member the operation does not know is refused for its depth, before anybody asks for its name.
    let ignored = with_member(&format!(r#""ignored":{}"#, arrays(5000)));
    let request = register.body("application/json", ignored);
    trial.refused("5000 levels in an unknown member", request, too_complex()).await;

    trial.conclude().await
}

async fn wide(scene: &Scene) -> Outcome {
    let register = scene.actor(RecepA)?.post("/v1/patients");
    let honest = register.clone();
    let list = |length: usize| format!("[{}]", vec!["0"; length].join(","));
    let control =
        Control::made_anew(201, move || honest.clone().body("application/json", with_metadata(&list(100))));
    let mut trial = Trial::begin(scene, control).await?;

    let members = |count: usize, name: &dyn Fn(usize) -> String| {
        let members: Vec<String> = (0..count).map(|number| format!("\"{}\":0", name(number))).collect();
        format!("{{{}}}", members.join(","))
    };
    for (story, value) in [
        ("a list of 101", list(101)),
        ("a list of 30000", list(30_000)),
        ("1001 members", members(1001, &|number| format!("m{number}"))),
        ("5000 members", members(5000, &|number| number.to_string())),
        ("1200 names of one length, as hash collisions have", members(1200, &|n| format!("{n:0>32}"))),
        ("a text of 4097 bytes", format!("\"{}\"", "y".repeat(4097))),
        ("a text of 60000 bytes", format!("\"{}\"", "y".repeat(60_000))),
        ("a name of 5000 bytes", format!("{{\"{}\":0}}", "y".repeat(5000))),
    ] {
        let request = register.clone().body("application/json", with_metadata(&value));
        trial.refused(story, request, too_complex()).await;
    }
    trial.conclude().await
}

async fn unread(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let members = admin.members_path();
    let (adding, path) = (admin.clone(), members.clone());
    let control = Control::made_anew(201, move || adding.post(&path).json(&adding.newcomer()));
    let mut trial = Trial::begin(scene, control).await?;
    let list = |length: usize| format!("[{}]", vec!["0"; length].join(","));
    for (story, value) in [
        ("33 levels of arrays", arrays(DEEPEST)),
        ("33 levels of objects", objects(DEEPEST)),
        ("5000 levels of arrays", arrays(5000)),
        ("30000 levels of arrays, never closed", "[".repeat(30_000)),
        ("10000 levels of objects", objects(10_000)),
        ("a list of 30000", list(30_000)),
        ("a text of 60000 bytes", format!("\"{}\"", "y".repeat(60_000))),
    ] {
        let body = admin.newcomer().to_string();
        let body = format!("{},\"ignored\":{value}}}", body.trim_end_matches('}'));
        // Whoever complains of the name has read what it holds.
        let read =
            |answer: &Answer| matches!(answer.slug().as_deref(), Some("unknown-member" | "malformed-json"));
        let request = admin.post(&members).body("application/json", body);
        trial.refused(story, request, too_complex().breach_if(read)).await;
    }
    trial.conclude().await
}
