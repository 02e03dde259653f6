//! `audit-security-events`: no refusal in silence, at any endpoint; and times that mean the same everywhere.

use super::log_with;
use crate::{
    arena::TemporaryDirectory,
    attacks::{Beside, filled, prelude::*, without_rates, write_settings},
    matrix::{Endpoint, endpoints},
    observe::LogBook,
};
use futures_util::future::join_all;
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUDIT_SECURITY_EVENTS / "quiet" = quiet,
        needs: Time,
        "Somebody is refused at every endpoint in every way there is: without a token, scope, role or object; for a parameter, a body, a type, a field that is missing.",
        "An auditor looks for each refusal: it has its event, or it was counted.",
    ),
    attack!(
        AUDIT_SECURITY_EVENTS / "clock" = clock,
        "The operator starts the service on a machine whose clock shows the time of the Line Islands, fourteen hours ahead.",
        "An auditor reads when the last requests were.",
    ),
];

async fn quiet(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    // Alone in its process, so that whatever it counts is this attack's.
    let beside = scene.beside(|settings, _| without_rates(settings)).await?;
    let before = unrecorded(&beside.scene).await?;
    let mut refused = Vec::new();
    for endpoint in endpoints().iter().filter(|endpoint| !endpoint.over) {
        let ways = ways_to_fail(&beside, endpoint)?;
        let answers = join_all(ways.iter().map(|(_, request)| request.send_patiently())).await;
        for ((story, _), answer) in ways.iter().zip(answers) {
            let answer = answer?;
            let is_audited = matches!(
                answer.status,
                400 | 401 | 403 | 404 | 406 | 409 | 412 | 413 | 415 | 422 | 428 | 429
            );
            if let Some(id) = answer.request_id().filter(|_| is_audited) {
                refused.push((
                    format!("{} {}: {story}: {}", endpoint.method, endpoint.path, answer.summary()),
                    id,
                ));
            }
        }
    }
    let enough = refused.len() > endpoints().len() * 2;
    let finding = if enough { Finding::Fine } else { Finding::Unclear(format!("only {}", refused.len())) };
    trial.found("the refusals", finding);
    let told = told_of(scene, &refused).await?;
    let silent: Vec<&str> =
        refused.iter().filter(|(_, id)| !told.contains(id)).map(|(story, _)| story.as_str()).collect();
    let counted = unrecorded(&beside.scene).await?.saturating_sub(before);
    let enough =
        if told.len() > 40 { Finding::Fine } else { Finding::Unclear(format!("{} events", told.len())) };
    let all = u64::try_from(silent.len()).unwrap_or(u64::MAX) <= counted;
    let first = silent.iter().take(8).copied().collect::<Vec<_>>().join("; ");
    let finding =
        Finding::must(all, format!("{} left nothing, {counted} were counted: {first}", silent.len()));
    trial.found("every refusal", finding.and(enough));
    trial.conclude().await
}

/// Requests that this endpoint must refuse, or most of them.
fn ways_to_fail(beside: &Beside, endpoint: &Endpoint) -> Result<Vec<(&'static str, Request)>, AttackError> {
    let scene = &beside.scene;
    let (method, path) = (endpoint.method.as_str(), filled(endpoint.path, scene));
    let ask = |by: &dyn Fn(&str) -> Request| {
        let wrong = |query: &str| by(&format!("{path}{query}"));
        let mut ways = vec![
            ("an unknown parameter", wrong("?nothing=1")),
            ("no type that is served", wrong("").header("accept", "image/png")),
            ("an object that is not there", wrong("")),
        ];
        if endpoint.body_limit > 0 {
            ways.push(("no JSON", wrong("").body("application/json", "{")));
            ways.push(("another type", wrong("").body("text/plain", "{}")));
            ways.push(("an unknown member", wrong("").json(&json!({ "nothing": 1 }))));
        }
        if endpoint.once {
            ways.push(("no key", wrong("").json(&json!({})).without("idempotency-key")));
        }
        if endpoint.conditional {
            ways.push(("no tag", wrong("").json(&json!({})).without("if-match")));
        }
        ways.into_iter().map(|(story, request)| (story, tagged(endpoint, story, request))).collect::<Vec<_>>()
    };
    let anyone = scene.anyone();
    let mut ways = ask(&|target| anyone.request(method, target));
    if !endpoint.roles.is_empty() {
        let able = scene.somebody_who_may(endpoint)?;
        ways.extend(ask(&|target| able.request(method, target)));
        let narrow = able.with_scopes("openid")?;
        ways.push(("no scope", tagged(endpoint, "", narrow.request(method, &path))));
        let foreign = endpoint.path.replace("{organization}", &scene.b().to_string());
        ways.push((
            "another organization",
            tagged(endpoint, "", able.request(method, &filled(&foreign, scene))),
        ));
        for persona in [AuditA, PatA1, RecepA] {
            if !endpoint.roles.contains(&persona.role().name()) {
                let other = scene.actor(persona)?.with_scopes(crate::arena::EVERY_SCOPE)?;
                ways.push(("another role", tagged(endpoint, "", other.request(method, &path))));
            }
        }
    }
    Ok(ways)
}

/// With a tag of nothing, so that nobody looks the object up first.
fn tagged(endpoint: &Endpoint, story: &str, request: Request) -> Request {
    if endpoint.conditional && story != "no tag" {
        request.header("if-match", "\"nothing-seen\"")
    } else {
        request
    }
}

/// Those of the requests of which the audit log tells.
async fn told_of(scene: &Scene, refused: &[(String, Uuid)]) -> Result<BTreeSet<Uuid>, AttackError> {
    let mut told = BTreeSet::new();
    for some in refused.chunks(100) {
        let ids: Vec<String> = some.iter().map(|(_, id)| scene.observer().id(*id)).collect();
        let rows =
            scene.observer().rows("audit_events", &format!("request_id IN ({})", ids.join(", "))).await?;
        told.extend(rows.iter().filter_map(|row| row.uuid("request_id")));
    }
    Ok(told)
}

/// How many refusals the service only counted.
async fn unrecorded(scene: &Scene) -> Result<u64, AttackError> {
    let metrics = scene.anyone().get("/metrics").to_operations().send().await?.text();
    let lines = metrics.lines().filter(|line| line.starts_with("brigandine_unrecorded_refusals_total"));
    Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum())
}

async fn clock(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let folder = TemporaryDirectory::new()?;
    let settings = write_settings(folder.path(), &scene.settings_table()?)?;
    let log = Arc::new(LogBook::default());
    let service = scene.service()?.second_in(&settings, &[("TZ", "Pacific/Kiritimati")], log.clone()).await?;
    let there = scene.through(&service);
    let reception = there.actor(RecepA)?;
    let before = now();
    let mut ids = Vec::new();
    for request in [
        reception.get(&reception.members_path()),
        there.anyone().get("/v1/me"),
        reception.get("/v1/me?nothing=1"),
        reception.get(&format!("{}/{}", reception.members_path(), Uuid::new_v4())),
    ] {
        ids.extend(request.send_patiently().await?.request_id());
    }
    let after = now();
    let within = |time: &str| {
        let seconds = time.get(..before.len()).unwrap_or_default();
        time.ends_with('Z') && before.as_str() <= seconds && seconds <= after.as_str()
    };
    let lines = log_with(&log, &ids).await;
    let mut last = String::new();
    for id in &ids {
        let line = lines.iter().find(|line| line.contains(&id.to_string()));
        let line = line.and_then(|line| serde_json::from_str::<Value>(line).ok()).unwrap_or_default();
        let time = line.get("timestamp").and_then(Value::as_str).unwrap_or_default().to_owned();
        trial.found(
            "the log",
            Finding::must(within(&time), format!("{time:?} is not between {before} and {after}")),
        );
        trial.found("the log", Finding::must(last <= time, format!("{time} comes after {last}")));
        last = time;
    }
    let events = there.actor(AuditA)?.get("/v1/audit-events?limit=100").send_patiently().await?.json();
    let items = events.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let mine = items.iter().filter(|item| {
        let id = item.get("request_id").and_then(Value::as_str).unwrap_or_default();
        ids.iter().any(|mine| mine.to_string() == id)
    });
    let times: Vec<&str> = mine.filter_map(|item| item.get("occurred_at").and_then(Value::as_str)).collect();
    let finding = if times.is_empty() { Finding::Unclear("there is none".into()) } else { Finding::Fine };
    trial.found("the auditor's list", finding);
    for time in times {
        trial
            .found("the auditor's list", Finding::must(within(time), format!("{time:?} is not when it was")));
    }
    trial.conclude().await
}

/// This second in UTC, as RFC 3339 begins.
fn now() -> String {
    let now = time::OffsetDateTime::from_unix_timestamp(crate::clock::unix_seconds());
    let text = now.map(|now| now.format(&time::format_description::well_known::Rfc3339));
    text.ok().and_then(Result::ok).unwrap_or_default().chars().take(19).collect()
}
