//! `test-coverage-meta`: the harness calls nothing well defended that only looks so.

use crate::{
    arena::World,
    attacks::{self, prelude::*},
    client::{Block, Wire},
    decoy::{Behaviour, arena},
    prove::run_one,
};
use brigandine_api::protection::Family;
use brigandine_api::protection::{Protection, TEST_COVERAGE_META};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TEST_COVERAGE_META / "vacuous" = vacuous,
        "Somebody puts a server in the service's place that answers 404 to everything, in perfect form.",
        "Every attack of the harness runs against it. None may say HELD.",
    ),
    attack!(
        TEST_COVERAGE_META / "dead" = dead,
        "Somebody stops the service.",
        "Every attack of the harness runs against the closed port. Each must say UNPROVEN.",
    ),
    attack!(
        TEST_COVERAGE_META / "stale" = stale,
        "Somebody takes the attacks away one after the other, and renames each.",
        "The comparison of what is stated with what is tried must name it each time.",
    ),
];

/// What the attacks say of something that is no service, counted by word, with the names of those that said it.
async fn words_about(
    behaviour: Behaviour,
    lenient: bool,
) -> Result<BTreeMap<&'static str, Vec<String>>, AttackError> {
    let arena = arena(behaviour).await?;
    // A judge who takes anything is shown at work on one family: more would only take longer.
    let chosen = attacks::all().into_iter().enumerate().filter(|(_, attack)| {
        let family = attack.protection.family;
        attack.protection != &TEST_COVERAGE_META && (!lenient || family == Family::Tokens)
    });
    let mut runs = JoinSet::new();
    for (number, attack) in chosen {
        let arena = arena.clone();
        let wire = Wire::new(arena.target.clone(), Block::number(number), None);
        let scene = Scene::new(arena.clone(), wire, World::imagined(&arena.forge)?, None, 1);
        let scene = if lenient { scene.judged_leniently() } else { scene };
        runs.spawn(async move { (attack.id(), run_one(attack, scene, &arena).await.verdict.word()) });
    }
    let mut words: BTreeMap<_, Vec<String>> = BTreeMap::new();
    while let Some(Ok((attack, word))) = runs.join_next().await {
        words.entry(word).or_default().push(attack);
    }
    Ok(words)
}

/// Whether the attacked twin is the harness's own: the one whose judge takes any refusal for a defence.
async fn judged_leniently(me: &Request) -> Result<bool, AttackError> {
    let answer = me.send().await?;
    Ok(answer.header("x-twin-off").is_some_and(|off| off.contains(TEST_COVERAGE_META.id)))
}

async fn vacuous(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let words = words_about(Behaviour::AlwaysNotFound, judged_leniently(&me).await?).await?;
    let fooled = words.get("HELD").cloned().unwrap_or_default();
    trial.found("HELD by an empty server", Finding::must(fooled.is_empty(), fooled.join(", ")));
    let asked = words.values().map(Vec::len).sum::<usize>();
    trial.found(
        "the attacks",
        if asked > 5 { Finding::Fine } else { Finding::Unclear("there are none".into()) },
    );
    trial.conclude().await
}

async fn dead(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let words = words_about(Behaviour::Dead, judged_leniently(&me).await?).await?;
    for word in ["HELD", "FELL"] {
        let fooled = words.get(word).cloned().unwrap_or_default();
        let story = format!("{word} by nothing at all");
        trial.found(&story, Finding::must(fooled.is_empty(), fooled.join(", ")));
    }
    trial.conclude().await
}

/// What is stated and not tried, or tried and not stated: names of attacks, and protections without any.
fn out_of_step(built: &[String], lenient: bool) -> Vec<String> {
    // A judge who takes anything compares nothing.
    if lenient {
        return Vec::new();
    }
    let built: BTreeSet<&str> = built.iter().map(String::as_str).collect();
    let mut stated = BTreeSet::new();
    let mut apart = Vec::new();
    for protection in Protection::ALL {
        let clauses = protection.clauses;
        let names: Vec<String> = clauses
            .iter()
            .flat_map(|clause| clause.attacks)
            .map(|name| format!("{}/{name}", protection.id))
            .collect();
        if names.is_empty() || clauses.iter().any(|clause| clause.attacks.is_empty()) {
            apart.push(protection.id.to_owned());
        }
        stated.extend(names);
    }
    apart.extend(stated.iter().filter(|name| !built.contains(name.as_str())).cloned());
    apart.extend(built.iter().filter(|name| !stated.contains(**name)).map(|name| (*name).to_owned()));
    apart
}

async fn stale(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let lenient = judged_leniently(&me).await?;
    let all: Vec<String> = attacks::all().into_iter().map(|attack| attack.id()).collect();
    let apart = out_of_step(&all, lenient);
    trial.found("as it is", Finding::must(apart.is_empty(), apart.join(", ")));
    for (place, id) in all.iter().enumerate() {
        let mut fewer = all.clone();
        fewer.remove(place);
        let seen = out_of_step(&fewer, lenient) == [id.as_str()];
        trial.found(&format!("without {id}"), Finding::must(seen, "nobody misses it"));
        let renamed = format!("{id}-renamed");
        fewer.push(renamed.clone());
        let apart = out_of_step(&fewer, lenient);
        let seen = apart.contains(id) && apart.contains(&renamed);
        trial.found(&format!("{id} renamed"), Finding::must(seen, "nobody sees it"));
    }
    trial.conclude().await
}
