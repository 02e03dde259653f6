//! `version-isolation`: versions are what the document says, and each is guarded like the others.

use super::documented;
use crate::{attacks::prelude::*, contract};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        VERSION_ISOLATION / "none" = none,
        "An attacker asks without a version, for versions that never were, and names one in fields and parameters.",
        "He hopes for an old one that nobody guards any more.",
    ),
    attack!(
        VERSION_ISOLATION / "parity" = parity,
        needs: Clinic,
        "Whatever is served in more than one version is asked for in each: without a token, without the scope or the right, \
         from another organization, and with broken requests.",
        "The answers of all versions are compared: status, reason, and which fields they carry.",
    ),
    attack!(
        VERSION_ISOLATION / "cross" = cross,
        needs: Clinic,
        "The receptionist takes a cursor, a key and a tag of one version to the other.",
    ),
    attack!(
        VERSION_ISOLATION / "break" = breaking,
        "A developer renames a member and demands another; the served document is compared with the reviewed contract.",
    ),
];

async fn none(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let me = admin.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    for path in [
        "/me",
        "/patients",
        "/v1",
        "/v2",
        "/v2/me",
        "/V1/me",
        "/v01/me",
        "/v1.0/me",
        "/v0/me",
        "/v999/me",
        "/v3/patients",
        "/latest/me",
        "/v1/v2/patients",
        "/v2/v1/me",
    ] {
        trial.refused(path, admin.get(path), Refusal::absent()).await;
        trial.refused(path, scene.anyone().get(path), Refusal::absent()).await;
    }
    let fields = [
        ("accept-version", "0"),
        ("accept-version", "2"),
        ("x-api-version", "1"),
        ("api-version", "1"),
        ("accept", "application/json;version=0"),
        ("accept", "application/json;v=2"),
    ];
    let plain = me.send().await?;
    for (name, value) in fields {
        trial.refused(name, admin.get("/me").header(name, value), Refusal::absent()).await;
        let asked = me.clone().header(name, value).send().await?;
        trial.alike(name, &[Some(plain.clone()), Some(asked)]);
    }
    for parameter in ["version=0", "version=2", "api-version=1", "v=2"] {
        let request = admin.get(&format!("/v1/me?{parameter}"));
        trial.refused(parameter, request, Refusal::problem(400, "unknown-parameter")).await;
    }
    trial.conclude().await
}

/// `/patients` of `/v2/patients`, and the version before it.
fn split(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/v")?;
    let (number, _) = rest.split_once('/')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| path.split_at(number.len() + 2))
}

/// What is served in more than one version: method and path below the version, with the versions.
fn shared(documented: &BTreeSet<(String, String)>) -> BTreeMap<(String, String), Vec<String>> {
    let mut shared: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (method, path) in documented {
        if let Some((version, below)) = split(path) {
            shared.entry((method.clone(), below.to_owned())).or_default().push(version.to_owned());
        }
    }
    shared.retain(|_, versions| versions.len() > 1);
    shared
}

/// What of an answer must be the same in every version.
fn guarded(answer: &Answer) -> (String, BTreeSet<String>) {
    // Limits say when they are hit only. Whether the connection is closed depends on how much of the body had come when
    // the refusal left.
    let differing = ["link", "content-length", "connection"];
    let fields = answer.headers.iter().map(|(name, _)| name.clone());
    (answer.summary(), fields.filter(|name| !differing.contains(&name.as_str())).collect())
}

async fn parity(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v2/patients"), 200)).await?;
    let shared = shared(&documented(scene).await?);
    if shared.is_empty() {
        trial.found("versions", Finding::Unclear("nothing is served in two versions".into()));
    }
    let patient = scene.patient_with(RecepA, NewPatient::unique());
    let patient = trial.honestly(patient).await?;
    for ((method, below), versions) in &shared {
        let calls = calls(scene, method, below, &patient)?;
        for (story, call) in calls {
            let mut seen = Vec::new();
            for version in versions {
                let request = call(version);
                let answer = trial.honestly(request.send_patiently()).await?;
                seen.push((format!("{method} {version}{below}"), guarded(&answer)));
            }
            let differ = seen.windows(2).find(|pair| matches!(pair, [a, b] if a.1 != b.1));
            let finding = Finding::must(differ.is_none(), format!("{differ:?}"));
            trial.found(&format!("{method} {below}: {story}"), finding);
        }
    }
    trial.conclude().await
}

type Call<'a> = Box<dyn Fn(&str) -> Request + Send + Sync + 'a>;

/// The same story for every version. Nothing in it changes anything, but for the honest calls.
fn calls<'a>(
    scene: &'a Scene,
    method: &'a str,
    below: &'a str,
    patient: &'a Patient,
) -> Result<Vec<(&'static str, Call<'a>)>, AttackError> {
    let at = move |version: &str, id: Uuid| {
        format!(
            "{version}{}",
            below.replace("{patient}", &id.to_string()).replace("{organization}", &scene.a().to_string())
        )
    };
    let (own, absent) = (patient.id, Uuid::new_v4());
    let body = match method {
        "GET" => None,
        _ => Some(json!({})),
    };
    let ask = move |actor: &dyn Sends, target: String, body: &Option<Value>| {
        let request = actor.request(method, &target);
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    };
    let mut calls: Vec<(&'static str, Call<'a>)> = Vec::new();
    let anyone = scene.anyone();
    let empty = body.clone();
    calls.push(("without a token", Box::new(move |version| ask(&anyone, at(version, own), &empty))));
    for (story, actor, id) in [
        ("without the scope", scene.actor(RecepA)?.with_scopes("profile:read")?, own),
        ("without the right", scene.actor(AuditA)?.with_scopes(EVERY_SCOPE)?, own),
        ("of another organization", scene.actor(RecepB)?, own),
        ("nothing there", scene.actor(RecepA)?, absent),
        ("a registered one", scene.actor(RecepA)?, own),
    ] {
        let body = body.clone();
        calls.push((story, Box::new(move |version| ask(&actor, at(version, id), &body))));
    }
    let reception = scene.actor(RecepA)?;
    let empty = body.clone();
    calls.push((
        "an unknown parameter",
        Box::new(move |version| ask(&reception, format!("{}?debug=1", at(version, own)), &empty)),
    ));
    if method == "GET" {
        return Ok(calls);
    }
    for (story, broken) in [
        ("an unknown member", "{\"status\":\"discharged\"}"),
        ("a rule broken", "{\"birth_date\":\"1700-01-01\"}"),
        ("twice the same member", "{\"phone\":\"1\",\"phone\":\"2\"}"),
        ("no JSON", "{"),
    ] {
        let reception = scene.actor(RecepA)?;
        calls.push((
            story,
            Box::new(move |version| {
                reception.request(method, &at(version, own)).body("application/json", broken)
            }),
        ));
    }
    for withheld in ["idempotency-key", "if-match"] {
        let reception = scene.actor(RecepA)?;
        calls.push((
            "a field withheld",
            Box::new(move |version| {
                reception.request(method, &at(version, own)).json(&json!({})).without(withheld)
            }),
        ));
    }
    Ok(calls)
}

async fn cross(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let patient = scene.patient().await?;
    scene.patient().await?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v2/patients?limit=1"), 200)).await?;
    for (from, to) in [("/v1", "/v2"), ("/v2", "/v1")] {
        let page = scene.demand(&reception.get(&format!("{from}/patients?limit=1")), 200).await?;
        let cursor = page.string("/next").unwrap_or_default();
        let taken = reception.get(&format!("{to}/patients?limit=1&cursor={cursor}"));
        let story = format!("a cursor of {from}");
        trial.refused(&story, taken, Refusal::problem(400, "invalid-cursor")).await;
        let own =
            scene.demand(&reception.get(&format!("{from}/patients?limit=1&cursor={cursor}")), 200).await;
        trial.found(
            "the cursor itself",
            if own.is_ok() { Finding::Fine } else { Finding::Unclear("is not taken".into()) },
        );
    }
    let key = Uuid::new_v4().to_string();
    let first = NewPatient::unique();
    let made = reception.post("/v1/patients").header("idempotency-key", &key).json(&first.body());
    trial.honestly(scene.demand(&made, 201)).await?;
    let second = NewPatient::unique();
    let again = reception.post("/v2/patients").header("idempotency-key", &key).json(&second.body_v2());
    let answer = trial.honestly(again.send_patiently()).await?;
    let fresh = answer.status == 201 && answer.mentions(&second.national_id);
    trial.found("a key of /v1", Finding::must(fresh, format!("/v2 answered {}", answer.summary())));

    let tag = scene.demand(&reception.get(&patient.path()), 200).await?;
    let tag = tag.header("etag").unwrap_or_default().to_owned();
    let elsewhere = format!("/v2/patients/{}", patient.id);
    let correct = reception.patch(&elsewhere).header("if-match", &tag).json(&json!({ "phone": null }));
    trial.refused("a tag of /v1", correct, Refusal::problem(412, "precondition-failed")).await;
    trial.conclude().await
}

async fn breaking(scene: &Scene) -> Outcome {
    let me = scene.actor(AdminA1)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let service = scene.service()?;
    let (_, printed, _) = service.command(service.settings(), &["openapi"]).await?;
    let document: Value = serde_json::from_str(&printed)
        .map_err(|error| AttackError::Setup(format!("the document is no JSON: {error}")))?;
    let changes = contract::breaking(&contract::reviewed(), &contract::lines(&document));
    trial.found("the reviewed contract", Finding::must(changes.is_empty(), changes.join("; ")));
    trial.conclude().await
}
