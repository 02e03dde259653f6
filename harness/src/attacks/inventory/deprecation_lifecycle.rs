//! `deprecation-lifecycle`: what ends is announced, metered, guarded until the end, and then gone.
//!
//! The dates come from the rows. When a row's day has come, the parts of these attacks that need its last days fall away
//! by themselves: see the decision on versions for what a maintainer does then.

use super::operations;
use crate::attacks::{prelude::*, set};
use brigandine_api::{endpoints, http::deprecation::Deprecation};
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        DEPRECATION_LIFECYCLE / "headers" = headers,
        "A client of a deprecated operation reads the fields of successes and of refusals.",
        "They say since when, until when, half a year ahead, and what to use in its place.",
    ),
    attack!(
        DEPRECATION_LIFECYCLE / "after-sunset" = after_sunset,
        "The operator takes a deprecated operation away, on another process of the service.",
        "It is called by staff, by a program, with an old token and without one: it is gone for all, and says where to go.",
    ),
    attack!(
        DEPRECATION_LIFECYCLE / "silent" = silent,
        "An attacker compares what the document calls deprecated with what the answers say, for every operation.",
    ),
    attack!(
        DEPRECATION_LIFECYCLE / "still-protected" = still_protected,
        "The deprecated operation is attacked like any other: no token, no scope, another organization, a suspended member.",
        "What is honest about it is metered: the audit log names who still uses it.",
    ),
];

struct Ending {
    operation: &'static str,
    path: String,
    deprecation: Deprecation,
}

/// The rows that end; GET all of them.
fn endings(scene: &Scene) -> Vec<Ending> {
    let ending = |row: &brigandine_api::http::endpoint::Endpoint| {
        Some(Ending {
            operation: row.operation,
            path: row.path.replace("{organization}", &scene.a().to_string()),
            deprecation: row.deprecation?,
        })
    };
    endpoints::all().iter().filter(|row| row.method == "GET").filter_map(ending).collect()
}

impl Ending {
    fn is_over(&self) -> bool {
        self.deprecation.sunset().timestamp() <= crate::clock::unix_seconds()
    }

    /// The fields of an answer, to the letter.
    fn announced(&self, answer: &Answer) -> Finding {
        let (since, sunset) = (self.deprecation.since(), self.deprecation.sunset_as_http_date());
        let links = answer.header_all("link").join(", ");
        let told = |name: &str, value: &str| {
            let given = answer.header_all(name);
            Finding::must(given == [value], format!("{} says {name}: {given:?}", answer.summary()))
        };
        let linked =
            |part: &str| Finding::must(links.contains(part), format!("{} links {links:?}", answer.summary()));
        told("deprecation", &format!("@{}", since.timestamp()))
            .and(told("sunset", &sunset))
            .and(linked("/deprecations>; rel=\"deprecation\""))
            .and(linked(&format!("{}>; rel=\"successor-version\"", self.deprecation.successor())))
    }
}

async fn headers(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let list = scene.anyone().get("/deprecations");
    let control = Control::new(admin.get("/v2/organization"), 200).and(Control::new(list.clone(), 200));
    let mut trial = Trial::begin(scene, control).await?;
    let listed = list.send().await?;
    for ending in endings(scene) {
        let notice = ending.deprecation.sunset() - ending.deprecation.since();
        trial.found("notice", Finding::must(notice.num_days() >= 180, format!("{} days", notice.num_days())));
        trial.found("the public list", Finding::must(listed.mentions(ending.operation), "does not name it"));
        let narrow = admin.with_scopes("profile:read")?;
        let elsewhere = ending.path.replace(&scene.a().to_string(), &Uuid::new_v4().to_string());
        for (story, request, status) in [
            ("200", admin.get(&ending.path), 200),
            ("no token", scene.anyone().get(&ending.path), 401),
            ("no scope", narrow.get(&ending.path), 403),
            ("nothing there", admin.get(&elsewhere), 404),
            ("an unknown parameter", admin.get(&format!("{}?x=1", ending.path)), 400),
            ("not acceptable", admin.get(&ending.path).header("accept", "text/html"), 406),
        ] {
            let status = if ending.is_over() { 410 } else { status };
            let judge = |answer: &Answer| match answer.status == status {
                true => ending.announced(answer),
                false => Finding::Unclear(answer.summary()),
            };
            trial.check(story, request, judge).await;
        }
        // What succeeds it does not end.
        let quiet = |answer: &Answer| {
            Finding::must(answer.header("deprecation").is_none(), "the successor says that it ends, too")
        };
        trial.check("the successor", admin.get(ending.deprecation.successor()), quiet).await;
    }
    trial.conclude().await
}

async fn after_sunset(scene: &Scene) -> Outcome {
    let control = Control::new(scene.actor(AdminA1)?.get("/v2/organization"), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let endings = endings(scene);
    let names: Vec<String> = endings.iter().map(|ending| ending.operation.to_owned()).collect();
    let beside = scene.beside(|table, _| set(table, "versions.retired", names)).await?;
    let admin = beside.scene.actor(AdminA1)?;
    for ending in &endings {
        let gone = || {
            Refusal::problem(410, "sunset")
                .header_has(
                    "link",
                    &format!("{}>; rel=\"successor-version\"", ending.deprecation.successor()),
                )
                .header("sunset", &ending.deprecation.sunset_as_http_date())
                .audit("request_refused", "sunset")
        };
        let program = beside.scene.actor(SvcARo)?;
        let old = admin.recipe().claim("exp", crate::clock::unix_seconds() - 3600).sign()?;
        for (story, request) in [
            ("the administrator", admin.get(&ending.path)),
            ("a program", program.get(&ending.path)),
            ("an old token", admin.get(&ending.path).bearer(&old)),
            ("no token", beside.scene.anyone().get(&ending.path)),
            ("a token of nonsense", admin.get(&ending.path).bearer("x.y.z")),
            ("a parameter", admin.get(&format!("{}?x=1", ending.path))),
            (
                "another organization",
                admin.get(&ending.path.replace(&scene.a().to_string(), &scene.b().to_string())),
            ),
        ] {
            trial.refused(story, request, gone()).await;
        }
        for method in ["PUT", "POST", "PATCH", "DELETE"] {
            let request = admin.request(method, &ending.path);
            trial.refused(method, request, Refusal::problem(405, "method-not-allowed")).await;
        }
        let successor = admin.get(ending.deprecation.successor());
        trial
            .check("the successor", successor, |answer| match answer.status {
                200 => Finding::Fine,
                _ => Finding::Unclear(answer.summary()),
            })
            .await;
    }
    if endings.is_empty() {
        trial.found("endings", Finding::Unclear("no operation ends".into()));
    }
    trial.conclude().await
}

async fn silent(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let mut trial = Trial::begin(scene, Control::new(admin.get("/v2/organization"), 200)).await?;
    let rows: BTreeSet<(String, String)> = endpoints::all()
        .iter()
        .filter(|row| row.deprecation.is_some())
        .map(|row| (row.method.to_string(), row.path.to_owned()))
        .collect();
    for ((method, path), operation) in operations(scene).await? {
        let said = operation.get("deprecated") == Some(&json!(true));
        let row = rows.contains(&(method.clone(), path.clone()));
        let story = format!("{method} {path}");
        trial.found(&story, Finding::must(said == row, format!("the document says deprecated: {said}")));
        let request = scene.anyone().request(&method, &super::filled(&path, scene));
        let judge = |answer: &Answer| {
            let announced = answer.header("deprecation").is_some() && answer.header("sunset").is_some();
            Finding::must(announced == row, format!("the answer announces an end: {announced}"))
        };
        trial.check(&story, request, judge).await;
    }
    trial.conclude().await
}

async fn still_protected(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let suspended = scene.suspended().await?;
    let mut trial = Trial::begin(scene, Control::new(admin.get("/v2/organization"), 200)).await?;
    for ending in endings(scene).into_iter().filter(|ending| !ending.is_over()) {
        let path = ending.path.as_str();
        let foreign = path.replace(&scene.a().to_string(), &scene.b().to_string());
        let narrow = admin.with_scopes("profile:read")?;
        let unknown = Refusal::problem(400, "unknown-parameter");
        trial.refused("no token", scene.anyone().get(path), Refusal::unauthenticated()).await;
        trial.refused("no scope", narrow.get(path), Refusal::insufficient_scope("organization:read")).await;
        trial.refused("a parameter", admin.get(&format!("{path}?x=1")), unknown).await;
        trial.refused("another organization", admin.get(&foreign), Refusal::hidden("organization")).await;
        trial.refused("suspended", suspended.get(path), Refusal::invalid_token("member.inactive")).await;
        let used = scene.demand(&admin.get(path), 200).await?;
        let rows = match used.request_id() {
            Some(id) => scene.observer().audit_events_of(id).await?,
            None => Vec::new(),
        };
        let metered = rows.iter().any(|row| {
            row.text("event").as_deref() == Some("deprecated_use")
                && row.uuid("actor_member_id") == Some(admin.id())
                && row.text("operation").as_deref() == Some(ending.operation)
        });
        trial.found("metered", Finding::must(metered, "nobody knows who still uses it"));
        let filter = format!(
            "organization_id = {} AND operation = '{}'",
            scene.observer().id(scene.a()),
            ending.operation
        );
        let uses = scene.observer().rows("deprecated_uses", &filter).await?;
        trial.found("to be told", Finding::must(uses.len() == 1, "its administrators would not be told"));
    }
    trial.found("asked", Finding::Fine);
    trial.conclude().await
}
