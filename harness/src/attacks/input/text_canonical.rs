//! `input-text-canonical`: one form per text, and no characters that only attackers send.

use super::{
    registration_with,
    sql::{finds, named},
};
use crate::{attacks::prelude::*, matrix::has_clinic};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        INPUT_TEXT_CANONICAL / "nul" = nul,
        "The receptionist sends a NUL in every text, in names of free-form data, in the query and in the path.",
    ),
    attack!(
        INPUT_TEXT_CANONICAL / "controls" = controls,
        needs: Clinic,
        "The receptionist sends control characters, line separators, byte order marks, and marks that turn the direction of reading.",
    ),
    attack!(
        INPUT_TEXT_CANONICAL / "homograph" = homograph,
        needs: Clinic,
        "A patient is registered by a national id.",
        "The receptionist registers the same id again: decomposed, with a ligature, in full width, in other case, with spaces nobody sees.",
        "She registers a decomposed name, which must be found by the composed one.",
    ),
    attack!(
        INPUT_TEXT_CANONICAL / "address" = address,
        "An administrator invites an address in an international domain.",
        "She invites the same address again: in capitals, as the name system spells it, with a full stop of another script.",
    ),
    attack!(
        INPUT_TEXT_CANONICAL / "double" = double,
        needs: Clinic,
        "The receptionist encodes twice, overlong, in halves of surrogates, and hopes for a decoder behind the checks.",
    ),
];

const HONEST: &str = "Zoë Müller 张伟 👩\u{200d}⚕️";

fn illegal() -> Refusal {
    Refusal::problem(422, "illegal-character")
        .audit("input_validation_fail", "illegal-character")
        // PostgreSQL says no to a NUL by an error of its own.
        .breach_if(|answer| answer.status >= 500)
}

/// An honest text with accents, other scripts and joined emoji comes back letter by letter.
async fn round_trip(scene: &Scene) -> Result<Control<'_>, AttackError> {
    let (admin, member) = (scene.actor(AdminA1)?, scene.actor(ClinA2)?.path());
    scene.demand(&admin.patch(&member).json(&json!({ "display_name": HONEST })), 200).await?;
    let same = |answer: &Answer| answer.string("/display_name").as_deref() == Some(HONEST);
    Ok(Control::judged(admin.get(&member), 200, same))
}

/// Every request that carries a text, with this one in it.
fn everywhere(
    scene: &Scene,
    patient: Option<&Patient>,
    clinician: Persona,
    text: &str,
) -> Result<Vec<(String, Request)>, AttackError> {
    let (admin, colleague) = (scene.actor(AdminA1)?, scene.actor(RecepA)?);
    let members = admin.members_path();
    let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let new = json!({ "issuer": admin.issuer(), "subject": text, "display_name": text, "role": "reception" });
    let mut requests = vec![
        ("a new member".into(), admin.post(&members).json(&new)),
        ("a member's name".into(), admin.patch(&colleague.path()).json(&json!({ "display_name": text }))),
        ("?cursor".into(), admin.get(&format!("{members}?cursor={escaped}"))),
    ];
    if let Some(patient) = patient {
        requests.extend(about(patient, &scene.actor(clinician)?, text));
    }
    Ok(requests)
}

/// The same of a patient.
fn about(patient: &Patient, clinician: &Actor, text: &str) -> Vec<(String, Request)> {
    let mut requests = Vec::new();
    for member in
        ["given_name", "family_name", "national_id", "phone", "notes", "birth_date", "status", "nothing"]
    {
        let request = clinician.post("/v1/patients").json(&registration_with(member, text));
        requests.push((format!("registers {member}"), request));
        let request = clinician.patch(&patient.path()).json(&json!({ member: text }));
        requests.push((format!("corrects {member}"), request));
    }
    for metadata in [json!({ "key": text }), json!({ text: 1 }), json!({ "deep": [[{ "er": text }]] })] {
        let request = clinician.post("/v1/patients").json(&registration_with("metadata", metadata));
        requests.push(("free-form data".into(), request));
    }
    let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for name in ["family_name", "cursor", "status", "limit"] {
        let request = clinician.get(&format!("/v1/patients?{name}={escaped}"));
        requests.push((format!("?{name}"), request));
    }
    requests
}

async fn nul(scene: &Scene) -> Outcome {
    let patient = if has_clinic() { Some(scene.patient().await?) } else { None };
    let mut trial = Trial::begin(scene, round_trip(scene).await?).await?;
    for (clinician, text) in [(ClinA1, "Ann\0"), (ClinA2, "a\0b"), (ClinA1, "\0")] {
        for (story, request) in everywhere(scene, patient.as_ref(), clinician, text)? {
            trial.refused(&format!("{text:?}: {story}"), request, illegal()).await;
        }
    }
    let reception = scene.actor(RecepA)?;
    let (members, own) = (reception.members_path(), reception.path());
    for path in ["/v1/webhooks%00", "/v1/%00me", &format!("{members}/%00"), &format!("{own}%00")] {
        trial.refused(path, reception.get(path), Refusal::absent()).await;
    }
    trial.conclude().await
}

async fn controls(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, round_trip(scene).await?).await?;
    let c0 = (1..=0x1f_u8).filter(|byte| !matches!(byte, b'\t' | b'\n')).map(char::from);
    let others = [
        '\u{7f}', '\u{80}', '\u{85}', '\u{9b}', '\u{202a}', '\u{202d}', '\u{2066}', '\u{2069}', '\u{2028}',
        '\u{2029}',
    ];
    for character in c0.chain(others) {
        let name = json!({ "family_name": format!("a{character}b") });
        let request = reception.patch(&patient.path()).json(&name);
        trial.refused(&format!("{character:?}"), request, illegal()).await;
    }
    for (clinician, text) in [
        (ClinA1, "\u{feff}Ann"),
        (ClinA2, "Ann\u{202e}nnA"),
        (ClinA1, "Ann\r\nX-Injected: 1"),
        (ClinA2, "\u{1b}[2J"),
    ] {
        for (story, request) in everywhere(scene, Some(&patient), clinician, text)? {
            let refusal = illegal().header_absent("x-injected");
            trial.refused(&format!("{text:?}: {story}"), request, refusal).await;
        }
    }
    trial.conclude().await
}

/// Two spellings of one address are one address: the invitation that was there gives way to the new one.
async fn address(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let path = format!("{}/invitations", admin.organization_path());
    let mut trial = Trial::begin(scene, round_trip(scene).await?).await?;
    let invite = |email: &str| admin.post(&path).json(&json!({ "email": email, "role": "reception" }));
    for spelling in ["{}@XN--BCHER-KVA.example", "{}@B\u{dc}CHER.example", "{}@bu\u{308}cher\u{3002}example"]
    {
        let name = format!("u{}", Uuid::new_v4().simple());
        let first = format!("{name}@b\u{fc}cher.example");
        let invited = trial.honestly(scene.demand(&invite(&first), 201)).await?;
        let as_written = invited.string("/email").as_deref() == Some(&first);
        trial.found("the address", Finding::must(as_written, "is shown as another one"));
        let again = spelling.replace("{}", &name);
        trial.honestly(scene.demand(&invite(&again), 201)).await?;
        let list = scene.demand(&admin.get(&format!("{path}?limit=100")), 200).await?.json();
        let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let item = items.iter().find(|item| item.get("id") == invited.json().get("id"));
        let status = item.and_then(|item| item.get("status")?.as_str()).unwrap_or("not listed").to_owned();
        let finding = match status.as_str() {
            "replaced" => Finding::Fine,
            "pending" => Finding::Breach("one address is invited twice".into()),
            other => Finding::Unclear(format!("the first invitation is {other}")),
        };
        trial.found(spelling, finding);
    }
    for wrong in [
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        "ada@b\u{fc}cher.example\n[127.0.0.1]",
        " ada@clinic.test",
        "ada@clinic.test.",
    ] {
        trial.refused(wrong, invite(wrong), Refusal::invalid("validation-failed", "/email")).await;
    }
    trial.conclude().await
}

async fn homograph(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, round_trip(scene).await?).await?;
    let number = NewPatient::unique().national_id;
    let digits = number.trim_start_matches("ID").to_owned();
    let registered = registration_with("national_id", format!("\u{c9}FI {digits}"));
    trial.honestly(scene.demand(&reception.post("/v1/patients").json(&registered), 201)).await?;
    let wide: String = digits.chars().filter_map(|d| char::from_u32(u32::from(d) + 0xfee0)).collect();
    for (story, again) in [
        ("the same", format!("\u{c9}FI {digits}")),
        ("decomposed", format!("E\u{301}FI {digits}")),
        ("in other case", format!("\u{e9}fi {digits}")),
        ("with a ligature", format!("\u{c9}\u{fb01} {digits}")),
        ("in full width", format!("\u{c9}FI {wide}")),
        ("without the space", format!("\u{c9}FI{digits}")),
        ("with a no-break space", format!("\u{c9}FI\u{a0}{digits}")),
        ("with a space of no width", format!("\u{c9}FI {digits}\u{200b}")),
        ("with a soft hyphen", format!("\u{c9}F\u{ad}I {digits}")),
        ("with a word joiner", format!("\u{c9}FI \u{2060}{digits}")),
    ] {
        let request = reception.post("/v1/patients").json(&registration_with("national_id", again));
        let refusal = Refusal::problem(409, "conflict").audit("input_validation_fail", "conflict");
        trial.refused(story, request, refusal).await;
    }
    let patient = trial.honestly(named(scene, "Zo\u{65}\u{308}bel")).await?;
    let search = |name: &str| reception.get(&format!("/v1/patients?family_name={name}"));
    for (story, name) in [("found composed", "Zo%C3%ABbel"), ("found decomposed", "Zoe%CC%88bel")] {
        trial.check(story, search(name), |answer| finds(answer, &[patient.id])).await;
    }
    trial.conclude().await
}

async fn double(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    named(scene, "O'Brien").await?;
    let mut trial = Trial::begin(scene, round_trip(scene).await?).await?;
    for (story, name) in
        [("an apostrophe, twice encoded", "O%2527Brien"), ("a wildcard, twice encoded", "%2525")]
    {
        let request = reception.get(&format!("/v1/patients?family_name={name}"));
        trial.check(story, request, |answer| finds(answer, &[])).await;
    }
    for bytes in ["%c0%af", "%c0%80", "%e0%80%af", "%ff", "%ed%a0%80", "%f4%90%80%80", "%80", "%ef%bf%bd"] {
        let request = reception.get(&format!("/v1/patients?family_name={bytes}"));
        trial.refused(bytes, request, illegal()).await;
    }
    for path in ["%252e%252e", "%2e%2e", "%c0%ae%c0%ae", "..%2f..", "%5c", "%ff"] {
        let path = format!("/v1/patients/{path}");
        trial.refused(&path, reception.get(&path), Refusal::absent()).await;
    }
    let register = |text: &str| {
        let body = registration_with("given_name", "@").to_string().replace('@', text);
        reception.post("/v1/patients").body("application/json", body)
    };
    for half in [r"\ud800", r"\udc00", r"\ud800x", r"\udfff\ud800", r"\ud83d\u0041"] {
        trial.refused(half, register(half), illegal()).await;
    }
    for escape in [r"\u0000", r"\u001b[2J", r"\u202e"] {
        trial.refused(escape, register(escape), illegal()).await;
    }
    trial.conclude().await
}
