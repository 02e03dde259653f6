//! Runs attacks against one arena, many at once.

use super::Try;
use crate::{
    arena::{Arena, Started, Wish, World},
    attacks::{Attack, Scene},
    client::{Block, Exchange, Wire},
    matrix,
    verdict::{Doubt, Verdict},
};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};

/// How many attacks run at once.
const AT_ONCE: usize = 16;
/// No attack may take longer; a hanging one proves nothing. Far beyond what any takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// What came of one attack.
#[derive(Clone, Debug)]
pub struct Run {
    /// The attack.
    pub attack: &'static Attack,
    /// Its conclusion.
    pub verdict: Verdict,
    /// How many requests it sent.
    pub requests: u64,
    /// Requests by method and path.
    pub sent: BTreeMap<(String, String), u64>,
    /// Answers that were a problem, by its kind.
    pub refused: BTreeMap<String, u64>,
    /// How long it took.
    pub elapsed: Duration,
    /// The last exchanges, unless it HELD.
    pub evidence: Vec<Exchange>,
    /// What the service logged about the last of them.
    pub log: Vec<String>,
    /// The tries before this one, if it was tried again.
    pub tries: Vec<Try>,
}

/// Runs the attacks beside each other, each on its world; those that wait begin at once. Calls `done` after each. Returns them
/// in the order given.
pub async fn run_all(
    started: &Started,
    attacks: &[&'static Attack],
    seed: u64,
    show: Option<fn(&Exchange)>,
    done: &(dyn Fn(&Run) + Sync),
) -> Vec<Run> {
    let mut together = begin(started, attacks, seed, show);
    let mut runs = BTreeMap::new();
    while let Some(joined) = together.join_next().await {
        if let Ok((number, run)) = joined {
            done(&run);
            runs.insert(number, run);
        }
    }
    runs.into_values().collect()
}

/// Runs the attacks beside each other until one of them ends like this; the others are broken off. Returns what came to an
/// end.
pub(super) async fn run_until(
    started: &Started,
    attacks: &[&'static Attack],
    seed: u64,
    enough: impl Fn(&Run) -> bool,
) -> Vec<Run> {
    let mut together = begin(started, attacks, seed, None);
    let mut runs = Vec::new();
    while let Some(joined) = together.join_next().await {
        if let Ok((_, run)) = joined {
            let over = enough(&run);
            runs.push(run);
            if over {
                break;
            }
        }
    }
    runs
}

/// All of them, each with its number. Dropping the set breaks them off.
fn begin(
    started: &Started,
    attacks: &[&'static Attack],
    seed: u64,
    show: Option<fn(&Exchange)>,
) -> JoinSet<(usize, Run)> {
    let limit = Arc::new(Semaphore::new(AT_ONCE));
    let mut together = JoinSet::new();
    for (number, (attack, (world, wish))) in attacks.iter().copied().zip(&started.worlds).enumerate() {
        let (arena, limit) = (started.arena.clone(), limit.clone());
        let scene = scene(&arena, number, world, wish, seed, show);
        together.spawn(async move {
            let _permit = if attack.needs.time { None } else { limit.acquire_owned().await.ok() };
            (number, run_one(attack, scene, &arena).await)
        });
    }
    together
}

/// Runs the attacks one after the other, with nothing beside them. Returns them in the order given.
pub(super) async fn run_each(
    started: &Started,
    attacks: &[&'static Attack],
    seed: u64,
    show: Option<fn(&Exchange)>,
    done: &(dyn Fn(&Run) + Sync),
) -> Vec<Run> {
    let mut runs = Vec::new();
    for (number, (attack, (world, wish))) in attacks.iter().copied().zip(&started.worlds).enumerate() {
        let scene = scene(&started.arena, number, world, wish, seed, show);
        let run = run_one(attack, scene, &started.arena).await;
        done(&run);
        runs.push(run);
    }
    runs
}

fn scene(
    arena: &Arc<Arena>,
    number: usize,
    world: &World,
    wish: &Wish,
    seed: u64,
    show: Option<fn(&Exchange)>,
) -> Scene {
    let wire = Wire::new(arena.target.clone(), Block::number(number), show);
    Scene::new(arena.clone(), wire, world.clone(), wish.issuer.clone(), seed)
}

/// Runs one attack to its verdict.
pub(crate) async fn run_one(attack: &'static Attack, scene: Scene, arena: &Arena) -> Run {
    let started = Instant::now();
    let scene = Arc::new(scene);
    // A task of its own, so that an attack that panics takes nothing with it.
    let task = tokio::spawn({
        let scene = scene.clone();
        async move { (attack.run)(&scene).await }
    });
    let stop = task.abort_handle();
    let verdict = match tokio::time::timeout(PATIENCE, task).await {
        Ok(Ok(Ok(verdict))) => verdict,
        Ok(Ok(Err(error))) => error.into(),
        Ok(Err(error)) => Verdict::unproven(Doubt::Error(format!("the attack broke: {error}"))),
        Err(_) => {
            stop.abort();
            Verdict::unproven(Doubt::Error(format!("not done within {PATIENCE:?}")))
        }
    };
    // What was concluded beside a dead service is worth nothing, unless it is the breach that killed it.
    let verdict = if verdict.held() && !arena.is_alive() {
        Verdict::unproven(Doubt::Error("the service is gone".into()))
    } else {
        verdict
    };
    let verdict = if verdict.held() && attack.needs.clinic && !asks_a_domain(&scene.wire().sent()) {
        Verdict::unproven(Doubt::Error("it needs no `Clinic`: it asked nothing of the example domain".into()))
    } else {
        verdict
    };
    let evidence = scene.wire().evidence();
    let log = evidence.last().and_then(|last| last.request_id).map(|id| arena.observer.log.lines_of(id));
    Run {
        attack,
        verdict,
        requests: scene.wire().requests(),
        sent: scene.wire().sent(),
        refused: scene.wire().refused(),
        elapsed: started.elapsed(),
        evidence,
        log: log.unwrap_or_default(),
        tries: Vec::new(),
    }
}

/// Whether any of these requests was for an endpoint that the platform would not have by itself.
fn asks_a_domain(sent: &BTreeMap<(String, String), u64>) -> bool {
    sent.keys()
        .any(|(method, path)| matrix::endpoint_of(method, path).is_some_and(|endpoint| endpoint.of_domain))
}

#[cfg(test)]
mod tests {
    use super::run_one;
    use crate::{
        arena::{Arena, World},
        attacks::{self, Scene},
        client::{Block, Wire},
        testing::{Behaviour, arena},
    };
    use std::sync::Arc;

    /// Every attack, against something that is no service at all.
    async fn verdicts_against(behaviour: Behaviour) -> Vec<(String, &'static str)> {
        let arena: Arc<Arena> = arena(behaviour).await;
        let runs = attacks::all().into_iter().enumerate().map(|(number, attack)| {
            let wire = Wire::new(arena.target.clone(), Block::number(number), None);
            let scene = Scene::new(arena.clone(), wire, World::imagined(&arena.forge).unwrap(), None, 1);
            let arena = arena.clone();
            async move { (attack.id(), run_one(attack, scene, &arena).await.verdict.word()) }
        });
        futures_util::future::join_all(runs).await
    }

    /// `test-coverage-meta/vacuous`: "all refused" must not be green when everything is refused.
    #[tokio::test]
    async fn against_a_server_that_says_404_to_everything_nothing_is_proven() {
        for (attack, verdict) in verdicts_against(Behaviour::AlwaysNotFound).await {
            assert_ne!(verdict, "HELD", "{attack} calls an empty server well defended");
        }
    }

    /// `test-coverage-meta/dead`: no answer is no defence.
    #[tokio::test]
    async fn against_a_dead_server_nothing_is_proven() {
        for (attack, verdict) in verdicts_against(Behaviour::Dead).await {
            assert_eq!(verdict, "UNPROVEN", "{attack} concludes something about a dead server");
        }
    }
}
