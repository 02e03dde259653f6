//! `input-schema`: what is written is what is read, and nothing is taken that the contract does not have.

use super::registration_with;
use crate::{
    attacks::{
        booking::{midnight, new_slot, next_time},
        care::new_record,
        prelude::*,
    },
    matrix::{Endpoint, Relation, call, endpoint_of, endpoints},
};
use brigandine_api::{
    access::{Role, policy},
    http::endpoint::Visibility,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        INPUT_SCHEMA / "read-back" = read_back,
        needs: Clinic,
        "Everybody makes and changes whatever they may, by every operation there is, and reads it again.",
        "A clinician offers time and joins a team at leap seconds, at fractions finer than what is kept, in other zones.",
        "They write dates, times and numbers that only a lenient reader takes.",
    ),
    attack!(
        INPUT_SCHEMA / "unseen" = unseen,
        needs: Clinic,
        "The receptionist, the administrator and the clinician write names, records and reasons in which nobody sees anything.",
    ),
];

async fn read_back(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let mut trial = Trial::begin(scene, Control::new(clinician.get("/v1/me"), 200)).await?;
    for (story, finding) in trial.honestly(everything(scene)).await? {
        trial.found(&story, finding);
    }
    for (story, finding) in trial.honestly(times(scene)).await? {
        trial.found(&story, finding);
    }
    let finding = whole_numbers(scene, &mut trial).await?;
    trial.found("a whole number with a fraction", finding);
    forbidden(scene, &mut trial).await?;
    trial.conclude().await
}

/// Each operation that makes or changes something, by the first who may.
async fn everything(scene: &Scene) -> Result<Vec<(String, Finding)>, AttackError> {
    let mut found = Vec::new();
    for (endpoint, persona) in writers() {
        if let Some(finding) = written(scene, endpoint, persona).await? {
            found.push((format!("{} {}", endpoint.method, endpoint.path), finding));
        }
    }
    let compared = found.iter().filter(|(_, finding)| matches!(finding, Finding::Fine)).count();
    let enough = if compared > 12 {
        Finding::Fine
    } else {
        Finding::Unclear(format!("only {compared} operations could be compared"))
    };
    found.push(("the comparison".into(), enough));
    Ok(found)
}

/// Every row that makes or changes something, and somebody whose role may do it.
fn writers() -> Vec<(&'static Endpoint, Persona)> {
    let rows = brigandine_api::endpoints::all();
    let personas = [
        (AdminA1, Role::Admin),
        (ClinA1, Role::Clinician),
        (RecepA, Role::Reception),
        (AuditA, Role::Auditor),
    ];
    let somebody = |endpoint: &Endpoint| {
        let row =
            rows.iter().find(|row| row.path == endpoint.path && row.method.as_str() == endpoint.method)?;
        let Visibility::Members(permission) = row.visibility else { return None };
        let able = personas.iter().find(|(_, role)| policy::reach(*role, permission).is_some())?;
        Some(able.0)
    };
    endpoints()
        .iter()
        .filter(|row| ["POST", "PATCH"].contains(&row.method.as_str()) && !row.over)
        .filter_map(|endpoint| Some((endpoint, somebody(endpoint)?)))
        .collect()
}

async fn written(
    scene: &Scene,
    endpoint: &'static Endpoint,
    persona: Persona,
) -> Result<Option<Finding>, AttackError> {
    let actor = scene.actor(persona)?.with_scopes(EVERY_SCOPE)?;
    for relation in [Relation::Treated, Relation::Own, Relation::SameOrganization] {
        let Some(call) = call(scene, Some(&actor), endpoint, relation).await? else { continue };
        if call.file {
            return Ok(None);
        }
        // A test tells of a delivery, not of the webhook that its address names.
        if endpoint.path.ends_with("/test") {
            return Ok(None);
        }
        let answer = call.by(&actor, &endpoint.method).send_leisurely().await?;
        let place = match answer.status {
            201 => answer.header("location").map(str::to_owned),
            200 if endpoint.method == "PATCH" => Some(call.path.clone()),
            _ => continue,
        };
        return match place {
            Some(place) => shown_again(&actor, &answer, &place).await,
            None => Ok(Some(Finding::Breach("made something, and does not say where".into()))),
        };
    }
    Ok(None)
}

/// Compares the answer with what is there; `None` where nobody can look at it by itself, nor in a list.
async fn shown_again(actor: &Actor, answer: &Answer, place: &str) -> Result<Option<Finding>, AttackError> {
    let told = answer.json();
    let shown = if endpoint_of("GET", place).is_some() {
        let read = actor.get(place).send_leisurely().await?;
        if read.status != 200 {
            return Ok(None);
        }
        read.json()
    } else {
        let Some((list, id)) = place.rsplit_once('/') else { return Ok(None) };
        if endpoint_of("GET", list).is_none() {
            return Ok(None);
        }
        let listed = actor.get(&format!("{list}?limit=100")).send_leisurely().await?.json();
        let items = listed.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        match items.into_iter().find(|item| item.get("id").and_then(Value::as_str) == Some(id)) {
            Some(item) => item,
            None => return Ok(None),
        }
    };
    let Some(listed) = shown.get("items").and_then(Value::as_array) else {
        return Ok(Some(same(&told, &shown)));
    };
    // Many were made at once: each of those that the list shows.
    let made = told.as_object().and_then(|told| told.values().find_map(Value::as_array)).cloned();
    let each = made.into_iter().flatten().filter_map(|one| {
        let shown = listed.iter().find(|item| item.get("id") == one.get("id"))?;
        Some(same(&one, shown))
    });
    Ok(each.reduce(Finding::and))
}

/// What both tell is the same. (What the worker beside moves on, like the state of a scan, may have moved on.)
fn same(told: &Value, shown: &Value) -> Finding {
    let (Some(told), Some(shown)) = (told.as_object(), shown.as_object()) else {
        return Finding::Unclear("there is no object to compare".into());
    };
    let both: Vec<&String> =
        told.keys().filter(|name| *name != "status" && shown.contains_key(*name)).collect();
    let differ: Vec<String> = both
        .iter()
        .filter(|name| told.get(**name) != shown.get(**name))
        .map(|name| format!("{name}: told {:?}, shown {:?}", told.get(*name), shown.get(*name)))
        .collect();
    let compared =
        if both.is_empty() { Finding::Unclear("they share no member".into()) } else { Finding::Fine };
    compared.and(Finding::must(differ.is_empty(), differ.join(", ")))
}

fn text(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

/// The last minute of a month that is not over, in UTC: `2027-03-31T23:59`.
fn last_minute_of_a_month() -> String {
    let first = (40..75).map(midnight).find(|day| day.day() == 1).unwrap_or_else(|| midnight(40));
    text(first - time::Duration::MINUTE).chars().take(16).collect()
}

/// Honest times in every form of the standard: the answer and the list say the same, in the form of the standard.
async fn times(scene: &Scene) -> Result<Vec<(String, Finding)>, AttackError> {
    let (clinician, reception) = (scene.actor(ClinA1)?, scene.actor(RecepA)?);
    let mut found = Vec::new();
    let minute = last_minute_of_a_month();
    let leap = format!("{minute}:60Z");
    let day = text(midnight(3));
    let day = day.split_once('T').map_or("", |(day, _)| day).to_owned();
    for starts_at in [
        leap.clone(),
        format!("{day}T10:00:00.1234567891Z"),
        format!("{day}T10:00:00.5+05:30"),
        format!("{day}T10:00:00-00:00"),
        format!("{day}t10:00:00z"),
        "9999-12-31T23:59:59.999999999Z".to_owned(),
    ] {
        let patient = scene.patient().await?;
        let team = json!({ "member_id": clinician.id(), "starts_at": starts_at });
        let added = scene.demand(&reception.post(&patient.care_team_path()).json(&team), 201).await?;
        let place = added.header("location").unwrap_or_default().to_owned();
        let finding = shown_again(&reception, &added, &place).await?;
        found.push((
            format!("a team from {starts_at}"),
            finding.unwrap_or_else(|| Finding::Unclear("is not listed".into())),
        ));
    }
    let mut body = new_slot(clinician.id(), next_time());
    if let Some(members) = body.as_object_mut() {
        members.insert("starts_at".into(), json!(format!("{}:00Z", minute.replace(":59", ":50"))));
        members.insert("ends_at".into(), json!(leap));
    }
    let offered = scene.demand(&clinician.post("/v1/slots").json(&body), 201).await?.json();
    let list = format!("/v1/slots?limit=100&clinician_member_id={}", clinician.id());
    let listed = scene.demand(&clinician.get(&list), 200).await?.json();
    let items = listed.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let item = items.iter().find(|item| item.get("id") == offered.get("id"));
    let finding = item.map_or_else(|| Finding::Unclear("is not listed".into()), |item| same(&offered, item));
    found.push((format!("a slot until {leap}"), finding));
    Ok(found)
}

/// `30.0` is 30.
async fn whole_numbers(scene: &Scene, trial: &mut Trial<'_>) -> Result<Finding, AttackError> {
    let program = trial.honestly(scene.program(|_| {})).await?;
    let path = format!("/v1/api-clients/{}/keys", program.id);
    let body =
        |days: Value| program.admin.post(&path).json(&json!({ "name": "nightly", "expires_in_days": days }));
    let made = trial.honestly(scene.demand(&body(json!(30.0)), 201)).await;
    for days in [json!(30.5), json!("30"), json!(0), json!(366.0), json!(-1)] {
        let refusal = Refusal::invalid("validation-failed", "/expires_in_days");
        trial.refused(&format!("{days} days"), body(days), refusal).await;
    }
    Ok(match made {
        Ok(_) => Finding::Fine,
        Err(error) => Finding::Unclear(error.to_string()),
    })
}

async fn forbidden(scene: &Scene, trial: &mut Trial<'_>) -> Result<(), AttackError> {
    let (clinician, reception) = (scene.actor(ClinA1)?, scene.actor(RecepA)?);
    for date in
        ["2001-2-03", "2001-02-3", "+2001-02-03", "02001-02-03", " 2001-02-03", "2001- 2-03", "2001-02-03 "]
    {
        let request = reception.post("/v1/patients").json(&registration_with("birth_date", date));
        let refusal = Refusal::invalid("validation-failed", "/birth_date");
        trial.refused(&format!("born {date:?}"), request, refusal).await;
    }
    let start = text(next_time());
    let (date, clock) = start.split_once('T').unwrap_or_default();
    for wrong in [
        format!("{date} {clock}"),
        format!("{date}T{} Z", clock.trim_end_matches('Z')),
        format!("{date}T{}+0000", clock.trim_end_matches('Z')),
        format!("{date}T{}:60Z", clock.get(..5).unwrap_or_default()),
        format!("+{start}"),
        format!(" {start}"),
        clock.to_owned(),
    ] {
        let mut body = new_slot(clinician.id(), next_time());
        if let Some(members) = body.as_object_mut() {
            members.insert("starts_at".into(), json!(wrong));
        }
        let request = clinician.post("/v1/slots").json(&body);
        let refusal = Refusal::invalid("validation-failed", "/starts_at");
        trial.refused(&format!("from {wrong:?}"), request, refusal).await;
    }
    Ok(())
}

const UNSEEN: [&str; 8] = [
    "\u{200b}",
    "\u{200d}\u{200e}",
    "\u{ad}",
    "\u{2060} \u{a0}",
    "\u{3164}",
    "\u{115f}\u{ffa0}",
    "\u{2800}",
    "\u{fe0f}\u{e0020}",
];

async fn unseen(scene: &Scene) -> Outcome {
    let (admin, reception, clinician) = (scene.actor(AdminA1)?, scene.actor(RecepA)?, scene.actor(ClinA1)?);
    let patient = scene.treated_patient().await?;
    let record = scene.record_by(ClinA1, &patient).await?;
    let control = Control::new(clinician.get(&patient.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let broken = |member: &str| Refusal::invalid("validation-failed", &format!("/{member}"));
    for nothing in UNSEEN {
        let mut newcomer = admin.newcomer();
        if let Some(members) = newcomer.as_object_mut() {
            members.insert("display_name".into(), json!(nothing));
        }
        let (mut new, _) = new_record();
        if let Some(members) = new.as_object_mut() {
            members.insert("body".into(), json!(nothing));
        }
        let amended = json!({ "body": "Better.", "reason": nothing });
        let emptied = json!({ "body": nothing, "reason": "A week later." });
        let amendments = format!("{}/amendments", record.path());
        let asked = json!({ "format": "json", "reason": nothing.repeat(20) });
        let requests = [
            ("given_name", reception.post("/v1/patients").json(&registration_with("given_name", nothing))),
            ("family_name", reception.patch(&patient.path()).json(&json!({ "family_name": nothing }))),
            ("display_name", admin.post(&admin.members_path()).json(&newcomer)),
            ("display_name", admin.patch(&reception.path()).json(&json!({ "display_name": nothing }))),
            ("body", clinician.post(&patient.records_path()).json(&new)),
            ("reason", clinician.post(&amendments).json(&amended)),
            ("body", clinician.post(&amendments).json(&emptied)),
            ("reason", clinician.post(&format!("{}/exports", patient.path())).json(&asked)),
        ];
        for (member, request) in requests {
            let story = format!("{member} {}", nothing.escape_unicode());
            trial.refused(&story, request, broken(member)).await;
        }
    }
    trial.conclude().await
}
