//! `error-uniform`, word by word: what no answer may say.

use super::error_uniform::uniform;
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        ERROR_UNIFORM / "grep" = grep,
        needs: Clinic,
        "An attacker collects the words of all failures, headers too.",
        "He looks for stacks, statements, paths, and names and versions of what the service is built of.",
    ),
    attack!(
        ERROR_UNIFORM / "fuzz" = fuzz,
        needs: Clinic,
        "An attacker mutates honest requests at random: bytes flipped, doubled, cut and swapped in body and target.",
        "Nothing may fail on the service's side, and every refusal must have the one shape.",
    ),
];

/// Parts of stacks, SQL, paths, libraries and their sentences, in lower case.
const WORDS: [&str; 38] = [
    "panicked at",
    "stack backtrace",
    "rust_backtrace",
    ".rs:",
    "src/",
    "/home/",
    "/work",
    "/tmp",
    "/usr/",
    "/var/",
    "diesel",
    "postgres",
    "sqlite",
    "sqlstate",
    "select ",
    "insert into",
    "update ",
    " where ",
    "constraint",
    "relation \"",
    "actix",
    "serde",
    "tokio",
    "hyper",
    "rustls",
    "openssl",
    "jsonwebtoken",
    "chrono",
    "uuid parsing",
    "utf-8",
    "expected",
    "unknown field",
    "missing field",
    "invalid type",
    "at line",
    "column ",
    "os error",
    "databaseerror",
];

/// Whether the answer tells how the service is built.
pub(super) fn tells(answer: &Answer) -> Finding {
    let mut words = answer.text().to_lowercase();
    for (name, value) in &answer.headers {
        // The names the service has to answer with: its problem types, and fields that promise media types.
        if !matches!(name.as_str(), "content-type" | "location" | "x-twin-off") {
            words.push_str(&format!("\n{name}: {}", value.to_lowercase()));
        }
    }
    match WORDS.iter().find(|word| words.contains(**word)) {
        Some(word) => Finding::Breach(format!("{} says {word:?}", answer.summary())),
        None => Finding::must(answer.header("server").is_none(), "the server names itself"),
    }
}

/// Every failure that can be caused from outside, in the order of the walls.
pub(super) fn failures(scene: &Scene, patient: &Patient) -> Result<Vec<(String, Request)>, AttackError> {
    let anyone = scene.anyone();
    let reception = scene.actor(RecepA)?;
    let clinician = scene.actor(ClinA1)?;
    let admin = scene.actor(AdminA1)?;
    let json = |body: &str| reception.post("/v1/patients").body("application/json", body.to_owned());
    let mut again = NewPatient::unique().body();
    let mut foreign = NewPatient::unique().body();
    if let (Some(again), Some(foreign)) = (again.as_object_mut(), foreign.as_object_mut()) {
        again.insert("national_id".into(), json!(patient.sent.national_id));
        foreign.insert("attending_member_id".into(), json!(Uuid::new_v4()));
    }
    let same = json!({ "issuer": reception.issuer(), "subject": reception.subject(), "display_name": "X", "role": "reception" });
    Ok([
        ("no such path", anyone.get("/nothing")),
        ("a path of the file system", anyone.get("/v1/../../etc/passwd")),
        ("the root", anyone.get("/")),
        ("a wrong method", reception.request("PUT", "/v1/patients")),
        ("an unknown method", reception.request("BREW", "/v1/me")),
        ("another host", reception.get("/v1/me").host("localhost")),
        ("a long target", reception.get(&format!("/v1/patients?cursor={}", "x".repeat(5000)))),
        ("long fields", reception.get("/v1/me").header("x-long", "x".repeat(17_000))),
        ("no token", anyone.get("/v1/me")),
        ("a bad token", reception.get("/v1/me").bearer("eyJhbGciOiJub25lIn0.e30.")),
        ("two tokens", reception.get("/v1/me").header("authorization", "Bearer x")),
        ("no scope", reception.with_scopes("profile:read")?.get("/v1/patients")),
        ("no permission", reception.get("/v1/audit-events")),
        ("another organization", reception.get(&format!("/v1/organizations/{}/members", scene.b()))),
        ("an absent patient", reception.get(&format!("/v1/patients/{}", Uuid::new_v4()))),
        ("no id at all", reception.get("/v1/patients/1%20OR%201=1")),
        ("an unacceptable type", reception.get("/v1/me").header("accept", "image/png")),
        ("a large body", json(&" ".repeat(70_000))),
        ("another media type", reception.post("/v1/patients").body("text/xml", "<a/>")),
        ("no JSON", json("{\"given_name\": tru")),
        ("no UTF-8", reception.post("/v1/patients").body("application/json", vec![b'"', 0xff, b'"'])),
        ("deep JSON", json(&format!("{{\"metadata\":{}{}}}", "[".repeat(200), "]".repeat(200)))),
        ("half a surrogate", json(r#"{"given_name":"\ud800"}"#)),
        ("a list", json("[1]")),
        ("nothing", json("")),
        ("members missing", json("{}")),
        ("an unknown member", json(r#"{"is_admin":true}"#)),
        ("a wrong type", json(r#"{"given_name":{"a":1}}"#)),
        ("a number out of range", json(r#"{"metadata":{"a":1e999}}"#)),
        (
            "no date",
            json(r#"{"given_name":"A","family_name":"B","birth_date":"2001-02-30","national_id":"12345"}"#),
        ),
        ("an unknown role", admin.patch(&reception.path()).json(&json!({ "role": "root" }))),
        ("an id that is none", json(r#"{"attending_member_id":"x"}"#)),
        ("a unique constraint", reception.post("/v1/patients").json(&again)),
        ("a unique member", admin.post(&admin.members_path()).json(&same)),
        ("a foreign key", reception.post("/v1/patients").json(&foreign)),
        ("a bad parameter", reception.get("/v1/patients?limit=99999999999999999999")),
        ("a bad cursor", reception.get("/v1/patients?cursor=AAAA")),
        ("an unknown parameter", reception.get("/v1/patients?debug=1")),
        ("a doubled parameter", reception.get("/v1/patients?limit=1&limit=2")),
        ("a NUL", reception.get("/v1/patients?family_name=%00")),
        ("oneself", admin.patch(&admin.path()).json(&json!({ "role": "reception" }))),
        ("the operations' paths on the public side", clinician.get("/metrics")),
    ]
    .map(|(story, request)| (story.to_owned(), request))
    .into())
}

async fn grep(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get(&patient.path()), 200)).await?;
    for (story, request) in failures(scene, &patient)? {
        trial.check(&story, request, tells).await;
    }
    trial.conclude().await
}

/// How many mutants are sent.
const MUTANTS: usize = 120;

async fn fuzz(scene: &Scene) -> Outcome {
    let clinicians = [scene.actor(ClinA1)?, scene.actor(ClinA2)?];
    let patient = scene.patient().await?;
    let control = Control::new(scene.actor(RecepA)?.get(&patient.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let mut dice = Dice(scene.seed() ^ 0x9e37_79b9_7f4a_7c15);
    for (number, clinician) in clinicians.iter().cycle().take(MUTANTS).enumerate() {
        let request = if number % 3 == 0 {
            let target = dice.mutate(b"/v1/patients?limit=10&status=active&family_name=Falk&sort=created_at");
            // What no library would send is no target; `malformed-http` is about that.
            let target: String = target
                .iter()
                .map(|byte| match byte {
                    b'0'..=b'9'
                    | b'A'..=b'Z'
                    | b'a'..=b'z'
                    | b'/'
                    | b'?'
                    | b'='
                    | b'&'
                    | b'_'
                    | b'-'
                    | b'%' => char::from(*byte).to_string(),
                    other => format!("%{other:02X}"),
                })
                .collect();
            clinician.get(&format!("/v1/{}", target.trim_start_matches("/v1/")))
        } else {
            // Without a national id no mutant can ever become a patient.
            let honest = json!({ "given_name": "Gwen", "birth_date": "1984-03-27", "phone": "+4930123456", "metadata": { "a": [1, null, "x"] } });
            clinician
                .post("/v1/patients")
                .body("application/json", dice.mutate(honest.to_string().as_bytes()))
        };
        let story = format!("mutant {number} of seed {}", scene.seed());
        trial
            .check(&story, request, |answer| match answer.status {
                200..=299 => Finding::Fine,
                500.. => Finding::Breach(format!("failed on the service's side: {}", answer.summary())),
                _ => uniform(scene, answer),
            })
            .await;
    }
    trial.conclude().await
}

/// A xorshift generator: the same seed, the same mutants.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    fn mutate(&mut self, honest: &[u8]) -> Vec<u8> {
        const SPICES: [&[u8]; 10] =
            [b"\"", b"\\u0000", b"{", b"]", b"1e400", b"%00", b"'", b"null", &[0xff], b"\xe2\x80\xa8"];
        let mut bytes = honest.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => bytes
                    .splice(
                        at..at,
                        SPICES.get(self.below(SPICES.len())).copied().unwrap_or_default().iter().copied(),
                    )
                    .for_each(drop),
                2 => bytes.extend_from_within(at..),
                3 => drop(bytes.get_mut(at).map(|byte| *byte ^= 1 << self.below(8))),
                _ => drop((at < bytes.len()).then(|| bytes.remove(at))),
            }
        }
        bytes
    }
}
