//! `test-coverage-meta`: the harness calls nothing well defended that only looks so.

use crate::{
    arena::World,
    attacks::{self, prelude::*},
    client::{Block, Wire},
    decoy::{Behaviour, arena},
    prove::run_one,
};
use brigandine_api::protection::Family;
use std::collections::BTreeMap;
use tokio::task::JoinSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TestCoverageMeta / "vacuous" = vacuous,
        "Somebody puts a server in the service's place that answers 404 to everything, in perfect form.",
        "Every attack of the harness runs against it. None may say HELD.",
    ),
    attack!(
        TestCoverageMeta / "dead" = dead,
        "Somebody stops the service.",
        "Every attack of the harness runs against the closed port. Each must say UNPROVEN.",
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
        let family = attack.protection.facts().family;
        attack.protection != Protection::TestCoverageMeta && (!lenient || family == Family::Tokens)
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
    Ok(answer.header("x-twin-off").is_some_and(|off| off.contains(Protection::TestCoverageMeta.id())))
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
