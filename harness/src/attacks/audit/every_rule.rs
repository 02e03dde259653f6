//! `audit-data-access`, rule by rule: the row names what was read or changed.

use crate::{
    attacks::{
        furnished::{done, objects_in, of_role},
        lists::{LISTS, List},
        prelude::*,
    },
    matrix::{Endpoint, endpoints},
};
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[attack!(
    AUDIT_DATA_ACCESS / "every-rule" = every_rule,
    needs: People.and(Clinic),
    "Every operation that leaves something in the audit log is done once, by somebody who may: read, made, changed, fetched, \
     removed.",
    "An auditor looks for each: one event, with the actor, and the id of everything that was in the answer or in the address.",
)];

/// What is done to the object in the address, and answers with something else.
const ABOUT_THE_ADDRESS: [&str; 1] = ["testWebhook"];

async fn every_rule(scene: &Scene) -> Outcome {
    scene.furnish().await?;
    let control = Control::new(scene.actor(AdminA1)?.get(&scene.actor(RecepA)?.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    for endpoint in endpoints().iter().filter(|endpoint| !endpoint.over) {
        let Some(object_type) = endpoint.audited else { continue };
        let finding = if endpoint.path.starts_with("/v1/sessions") || endpoint.path == "/oauth2/userinfo" {
            of_people(scene, endpoint, object_type).await?
        } else {
            let done = trial.honestly(by_anybody(scene, endpoint)).await?;
            match done {
                Some((answer, path, actor)) => named(scene, object_type, &answer, &path, actor).await?,
                None => Finding::Unclear("nobody's honest call succeeds".into()),
            }
        };
        trial.found(&format!("{} {}", endpoint.method, endpoint.path), finding);
    }
    trial.conclude().await
}

/// The first role whose call succeeds.
async fn by_anybody(
    scene: &Scene,
    endpoint: &'static Endpoint,
) -> Result<Option<(Answer, String, Uuid)>, AttackError> {
    if let Some(list) = LISTS.iter().find(|list| list.operation == endpoint.operation) {
        return looked(scene, endpoint, list).await;
    }
    for role in &endpoint.roles {
        if let Some(done) = done(scene, endpoint, role).await? {
            return Ok(Some((done.answer, done.path, done.by.id())));
        }
    }
    Ok(None)
}

/// A look at a list that is not empty.
async fn looked(
    scene: &Scene,
    endpoint: &Endpoint,
    list: &List,
) -> Result<Option<(Answer, String, Uuid)>, AttackError> {
    for role in &endpoint.roles {
        let reader = of_role(scene, role)?;
        let Some(theirs) = list.theirs(scene, role, &reader) else { continue };
        let rows = scene.observer().rows(list.table, &theirs).await?;
        let Some(row) = rows.first() else { continue };
        let (path, _) = list.of(scene, endpoint, row)?;
        let answer = reader.get(&path).send_leisurely().await?;
        if objects_in(&answer).is_some_and(|objects| !objects.is_empty()) {
            return Ok(Some((answer, path, reader.id())));
        }
    }
    Ok(None)
}

/// Sessions, and what is told of oneself, are those of people with accounts.
async fn of_people(scene: &Scene, endpoint: &Endpoint, object_type: &str) -> Result<Finding, AttackError> {
    let reception = scene.person(RecepA)?;
    let (_, tokens) = reception.tokens().await?;
    let (browser, _) = reception.tokens().await?;
    let other = session_of(scene, &browser).await?;
    let path = endpoint.path.replace("{session}", &other.to_string());
    let request = scene.anyone().request(&endpoint.method, &path).bearer(&tokens.access);
    let answer = request.send_leisurely().await?;
    named(scene, object_type, &answer, &path, reception.account().member).await
}

/// Compares the one event with what was in the answer, or else in the address.
async fn named(
    scene: &Scene,
    object_type: &str,
    answer: &Answer,
    path: &str,
    actor: Uuid,
) -> Result<Finding, AttackError> {
    let Some(id) = answer.request_id().filter(|_| answer.succeeded()) else {
        return Ok(Finding::Unclear(answer.summary()));
    };
    let rows = scene.observer().audit_events_of(id).await?;
    let rows: Vec<_> =
        rows.iter().filter(|row| row.text("event").as_deref() != Some("deprecated_use")).collect();
    let [row] = rows.as_slice() else {
        return Ok(Finding::Breach(format!("{} events", rows.len())));
    };
    let ids = row.text("object_ids").unwrap_or_default();
    let ids: BTreeSet<Uuid> = serde_json::from_str(&ids).unwrap_or_default();
    let in_path = || path.split('/').filter_map(|part| Uuid::parse_str(part).ok()).next_back();
    let told = if row.text("operation").is_some_and(|it| ABOUT_THE_ADDRESS.contains(&it.as_str())) {
        in_path()
    } else {
        answer.uuid("/id").or_else(in_path)
    };
    let complete = match objects_in(answer) {
        Some(objects) => objects == ids,
        None => told.map_or(!ids.is_empty(), |object| ids.contains(&object)),
    };
    let right = row.text("outcome").as_deref() == Some("success")
        && row.uuid("actor_member_id") == Some(actor)
        && row.text("object_type").as_deref() == Some(object_type);
    Ok(Finding::must(right && complete, format!("the event says {}", row.everything())))
}

/// The browser's session, found by its cookie.
async fn session_of(scene: &Scene, browser: &Browser) -> Result<Uuid, AttackError> {
    use aws_lc_rs::digest::{SHA256, digest};
    let cookie = browser.cookie("__Host-session").unwrap_or_default();
    let hash = scene.observer().bytes(digest(&SHA256, cookie.as_bytes()).as_ref());
    let rows = scene.observer().rows("sessions", &format!("secret_hash = {hash}")).await?;
    let found = rows.first().and_then(|row| row.uuid("id"));
    found.ok_or_else(|| AttackError::Setup("the browser has no session".into()))
}
