//! `authz-object-nondisclosure`: hidden and absent look the same.

use crate::attacks::prelude::*;
use brigandine_api::protection::DB_RLS_FORCED;
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_OBJECT_NONDISCLOSURE / "compare" = compare,
        needs: Clinic,
        "A patient asks for another's record and for one that does not exist; staff of B do so with A's objects.",
        "They compare the answers byte for byte, for every method.",
    ),
    attack!(
        AUTHZ_OBJECT_NONDISCLOSURE / "conflict" = conflict,
        needs: Clinic,
        twin: Twin::Also(&[&DB_RLS_FORCED]),
        "The receptionist of A registers somebody with a national id that B already holds, to see it collide.",
    ),
    attack!(
        AUTHZ_OBJECT_NONDISCLOSURE / "etag" = etag,
        needs: Clinic,
        "A patient sends conditions and ranges about another's record, which a cache would answer.",
        "The receptionist of B corrects A's record with its present tag, a stale one, a weak one and none.",
    ),
    attack!(
        AUTHZ_OBJECT_NONDISCLOSURE / "predict" = predict,
        needs: Clinic,
        "The receptionist registers twenty patients and looks for an order in their ids.",
    ),
];

fn nowhere() -> String {
    format!("/v1/patients/{}", Uuid::new_v4())
}

async fn compare(scene: &Scene) -> Outcome {
    let (owner, other) = (scene.actor(PatA1)?, scene.actor(PatA2)?);
    let record = scene.record_of(PatA1).await?;
    let mut trial = Trial::begin(scene, Control::new(owner.get(&record.path()), 200)).await?;

    let (reception, clinician, admin) = (scene.actor(RecepB)?, scene.actor(ClinB)?, scene.actor(AdminB)?);
    let member = format!("{}/{}", admin.members_path(), scene.actor(RecepA)?.id());
    let no_member = format!("{}/{}", admin.members_path(), Uuid::new_v4());
    let name = json!({ "family_name": "Berg" });
    let rename = json!({ "display_name": "Berg" });
    let absent = nowhere();
    let (discharge, no_discharge) = (record.discharge_path(), format!("{absent}/discharge"));
    let pairs = [
        (other.get(&record.path()), other.get(&absent)),
        (reception.get(&record.path()), reception.get(&absent)),
        (reception.patch(&record.path()).json(&name), reception.patch(&absent).json(&name)),
        (clinician.post(&discharge), clinician.post(&no_discharge)),
        (admin.get(&member), admin.get(&no_member)),
        (admin.patch(&member).json(&rename), admin.patch(&no_member).json(&rename)),
        (admin.delete(&member), admin.delete(&no_member)),
    ];
    for (hidden, absent) in pairs {
        let story = hidden.describe();
        let first = trial.refused(&story, hidden, Refusal::hidden("object")).await;
        let second = trial.refused("nothing there", absent, Refusal::absent()).await;
        trial.alike(&story, &[first, second]);
    }
    trial.conclude().await
}

async fn conflict(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let theirs = scene.patient_in_b().await?;
    let own = scene.patient().await?;
    // In one organization the collision is real, and told.
    let collides = reception.post("/v1/patients").json(&own.sent.body());
    let mut trial = Trial::begin(scene, Control::new(collides, 409)).await?;

    let twice = reception.post("/v1/patients").json(&theirs.sent.body());
    let answer = trial.honestly(twice.send()).await?;
    let finding = match answer.status {
        201 => Finding::Fine,
        409 => Finding::Breach("A is told that B holds this person".into()),
        _ => Finding::Unclear(answer.summary()),
    };
    trial.found("a national id that B holds", finding);
    trial.conclude().await
}

async fn etag(scene: &Scene) -> Outcome {
    let (owner, other) = (scene.actor(PatA1)?, scene.actor(PatA2)?);
    let record = scene.record_of(PatA1).await?;
    let mut trial = Trial::begin(scene, Control::new(owner.get(&record.path()), 200)).await?;

    let absent = nowhere();
    for (name, value) in [
        ("If-None-Match", "*"),
        ("If-None-Match", "\"1\""),
        ("If-Match", "*"),
        ("If-Match", "W/\"1\""),
        ("If-Modified-Since", "Mon, 01 Jan 2024 00:00:00 GMT"),
        ("If-Unmodified-Since", "Mon, 01 Jan 2024 00:00:00 GMT"),
        ("Range", "bytes=0-1"),
    ] {
        let hidden = other.get(&record.path()).header(name, value);
        let first = trial.refused(name, hidden, Refusal::hidden("object")).await;
        let second = trial.refused(name, other.get(&absent).header(name, value), Refusal::absent()).await;
        trial.alike(name, &[first, second]);
    }
    let reception = scene.actor(RecepB)?;
    let tag = scene.demand(&owner.get(&record.path()), 200).await?;
    let tag = tag.header("etag").unwrap_or_default().to_owned();
    for value in [tag.as_str(), "\"0\"", "W/\"0\"", "*", "0"] {
        let correct = |path: &str| {
            reception.patch(path).header("if-match", value).json(&json!({ "family_name": "Berg" }))
        };
        let first = trial.refused(value, correct(&record.path()), Refusal::hidden("object")).await;
        let second = trial.refused(value, correct(&absent), Refusal::absent()).await;
        trial.alike(value, &[first, second]);
    }
    let correct =
        |path: &str| reception.patch(path).without("if-match").json(&json!({ "family_name": "Berg" }));
    let first = trial.refused("no tag", correct(&record.path()), Refusal::hidden("object")).await;
    let second = trial.refused("no tag", correct(&absent), Refusal::absent()).await;
    trial.alike("no tag", &[first, second]);
    trial.conclude().await
}

async fn predict(scene: &Scene) -> Outcome {
    const HARVEST: usize = 20;
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/patients"), 200)).await?;
    let mut ids = Vec::new();
    for _ in 0..HARVEST {
        ids.push(trial.honestly(scene.patient()).await?.id);
    }
    let random = ids.iter().all(|id| id.get_version_num() == 4);
    trial.found("the version says random", Finding::must(random, "an id is not of version 4"));
    let rising = ids.windows(2).filter(|pair| pair.first() < pair.last()).count();
    trial.found("no order", Finding::must(rising + 1 < HARVEST, "the ids rise with time"));
    let halves = |half: fn(&Uuid) -> u64| ids.iter().map(half).collect::<BTreeSet<u64>>().len();
    let varied = halves(|id| id.as_u64_pair().0) == HARVEST && halves(|id| id.as_u64_pair().1) == HARVEST;
    trial.found("both halves vary", Finding::must(varied, "a half of the ids repeats"));
    trial.conclude().await
}
