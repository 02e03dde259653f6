//! Second tries. A busy machine can spoil an attack: it is tried again on a service of its own, with nothing beside it. And
//! a breach counts when it shows again; one that does not is UNPROVEN, with both exchanges.

use super::{Run, run_all, runner::run_until, wishes};
use crate::{
    arena::{Arena, ArenaError, Away, Plan, PostgresServer, Started},
    attacks::Attack,
    client::Exchange,
    observe::Refusals,
    twins::Expected,
    verdict::Verdict,
};
use std::{collections::BTreeMap, path::PathBuf};
use tokio::sync::Semaphore;

/// How often an attack is tried before it stays undecided.
const TRIES: usize = 3;
/// With more than this undecided, something is wrong with all of them, and another try tells nothing new.
const AT_MOST: usize = 40;

/// An earlier try of an attack.
#[derive(Clone, Debug)]
pub struct Try {
    /// Its conclusion.
    pub verdict: Verdict,
    /// The last exchanges, until they are shown with the run's.
    evidence: Vec<Exchange>,
    /// What the service logged about the last of them.
    pub log: Vec<String>,
}

/// The service, or a twin, as often as it is started.
pub(crate) struct Subject<'a> {
    /// The binary of the service, or of the twin.
    pub(crate) binary: PathBuf,
    /// What a twin does without; `None` for the ordinary service.
    pub(crate) away: Option<Away>,
    /// Where its databases are made, for PostgreSQL.
    pub(crate) server: Option<&'a PostgresServer>,
    /// A migrated database there to copy.
    pub(crate) template: Option<String>,
    /// For attacks that choose at random.
    pub(crate) seed: u64,
    /// How many services may run at once.
    pub(crate) places: &'a Semaphore,
}

/// What came of the attacks.
#[derive(Default)]
pub(crate) struct Tried {
    /// In the order of the attacks.
    pub(crate) runs: Vec<Run>,
    /// Whether the service survived.
    pub(crate) alive: bool,
    /// Every refusal that anybody saw: the attackers in their answers, the operator in the logs and in the audit log.
    pub(crate) refusals: Refusals,
}

/// How somebody watches the attacks.
pub(crate) struct Watch<'a> {
    /// Called with every exchange.
    pub(crate) exchange: Option<fn(&Exchange)>,
    /// Called after every try.
    pub(crate) tried: &'a (dyn Fn(&Run) + Sync),
}

impl Subject<'_> {
    async fn start(&self, attacks: &[&'static Attack]) -> Result<Started, ArenaError> {
        let plan = Plan {
            binary: self.binary.clone(),
            away: self.away.clone(),
            postgres: self.server.map(|server| (server, self.template.clone())),
            attacks: wishes(attacks),
            measured: false,
        };
        plan.start().await
    }

    /// Tries the attacks until each came out as expected, or did not for good: those that need it on services of their own,
    /// the others together on one.
    ///
    /// # Errors
    /// When a service can't be started.
    pub(crate) async fn tries(
        &self,
        attacks: &[&'static Attack],
        expected: Expected,
        watch: &Watch<'_>,
    ) -> Result<Tried, ArenaError> {
        let (own, shared): (Vec<_>, Vec<_>) =
            attacks.iter().copied().partition(|attack| attack.needs.exclusive);
        let groups = own.chunks(1).chain([shared.as_slice()]).filter(|group| !group.is_empty());
        let tried = groups.rev().map(|group| self.tries_together(group, expected, watch));
        let mut all = Tried { alive: true, ..Tried::default() };
        for tried in futures_util::future::try_join_all(tried).await? {
            all.runs.extend(tried.runs);
            all.alive &= tried.alive;
            all.refusals.merge(tried.refusals);
        }
        let place = |run: &Run| attacks.iter().position(|attack| std::ptr::eq(*attack, run.attack));
        all.runs.sort_by_key(place);
        Ok(all)
    }

    /// The first attack that succeeds, if one does: those that can go together first. What came to no conclusion is tried
    /// once more.
    ///
    /// # Errors
    /// When a service can't be started.
    pub(crate) async fn first_to_fall(
        &self,
        attacks: &[&'static Attack],
    ) -> Result<Option<&'static Attack>, ArenaError> {
        let (own, shared): (Vec<_>, Vec<_>) =
            attacks.iter().copied().partition(|attack| attack.needs.exclusive);
        let groups = [shared.as_slice()].into_iter().chain(own.chunks(1)).filter(|group| !group.is_empty());
        let mut undecided = Vec::new();
        for group in groups {
            let runs = self.until_one_falls(group).await?;
            if let Some(fallen) = runs.iter().find(|run| run.verdict.fell()) {
                return Ok(Some(fallen.attack));
            }
            undecided.extend(runs.iter().filter(|run| !run.verdict.held()).map(|run| run.attack));
        }
        for attack in undecided {
            if self.until_one_falls(&[attack]).await?.iter().any(|run| run.verdict.fell()) {
                return Ok(Some(attack));
            }
        }
        Ok(None)
    }

    async fn until_one_falls(&self, attacks: &[&'static Attack]) -> Result<Vec<Run>, ArenaError> {
        // Nobody closes it.
        let _place = self.places.acquire().await;
        let started = self.start(attacks).await?;
        let runs = run_until(&started, attacks, self.seed, |run| run.verdict.fell()).await;
        started.end(self.server).await?;
        Ok(runs)
    }

    async fn tries_together(
        &self,
        attacks: &[&'static Attack],
        expected: Expected,
        watch: &Watch<'_>,
    ) -> Result<Tried, ArenaError> {
        // Nobody closes it.
        let _place = self.places.acquire().await;
        let started = self.start(attacks).await?;
        let mut runs = run_all(&started, attacks, self.seed, watch.exchange, watch.tried).await;
        let mut alive = started.arena.is_alive();
        let mut refusals = seen_by_the_operator(&started).await?;
        started.end(self.server).await?;
        for _ in 1..TRIES {
            let undecided: Vec<&mut Run> =
                runs.iter_mut().filter(|run| !is_decided(expected, &run.verdicts())).collect();
            if undecided.is_empty() || undecided.len() > AT_MOST || !alive {
                break;
            }
            let attacks: Vec<_> = undecided.iter().map(|run| run.attack).collect();
            let started = self.start(&attacks).await?;
            let again =
                super::runner::run_each(&started, &attacks, self.seed, watch.exchange, watch.tried).await;
            alive = started.arena.is_alive();
            refusals.merge(seen_by_the_operator(&started).await?);
            started.end(self.server).await?;
            for (run, again) in undecided.into_iter().zip(again) {
                run.was_tried_again(again);
            }
        }
        for run in &mut runs {
            run.verdict = concluded(expected, &run.verdicts());
            if run.verdict.held() {
                run.evidence.clear();
                run.log.clear();
            } else {
                // What every try saw, the last one's at the end.
                let earlier = run.tries.iter_mut().flat_map(|earlier| std::mem::take(&mut earlier.evidence));
                let last = std::mem::take(&mut run.evidence);
                run.evidence = earlier.chain(last).collect();
            }
        }
        let mut kinds = BTreeMap::<String, u64>::new();
        for (kind, times) in runs.iter().flat_map(|run| &run.refused) {
            *kinds.entry(kind.clone()).or_default() += times;
        }
        refusals.merge(Refusals { kinds, ..Refusals::default() });
        Ok(Tried { runs, alive, refusals })
    }
}

async fn seen_by_the_operator(started: &Started) -> Result<Refusals, ArenaError> {
    let Arena { observer, service, .. } = &*started.arena;
    let mut seen = Refusals { reasons: observer.reasons().await?, ..Refusals::default() };
    if let Some(service) = service {
        seen.merge(service.refusals());
    }
    Ok(seen)
}

impl Run {
    /// Of every try, the last one's at the end.
    fn verdicts(&self) -> Vec<Verdict> {
        self.tries.iter().map(|earlier| &earlier.verdict).chain([&self.verdict]).cloned().collect()
    }

    fn was_tried_again(&mut self, again: Self) {
        let before = std::mem::replace(self, again);
        let Self { verdict, evidence, log, tries, .. } = before;
        self.tries = tries;
        self.tries.push(Try { verdict, evidence, log });
        self.requests += before.requests;
        self.elapsed += before.elapsed;
        for (line, times) in before.sent {
            *self.sent.entry(line).or_default() += times;
        }
        for (kind, times) in before.refused {
            *self.refused.entry(kind).or_default() += times;
        }
    }
}

fn is_decided(expected: Expected, tries: &[Verdict]) -> bool {
    let fell = tries.iter().filter(|verdict| verdict.fell()).count();
    let held = tries.iter().any(Verdict::held);
    match expected {
        // What fell once can be seen to fall.
        Expected::Fall => fell > 0,
        Expected::Hold => held || fell > 1,
    }
}

fn concluded(expected: Expected, tries: &[Verdict]) -> Verdict {
    let fell: Vec<_> = tries.iter().filter(|verdict| verdict.fell()).collect();
    let held = tries.iter().find(|verdict| verdict.held());
    let last = || tries.last().cloned().unwrap_or_else(|| Verdict::flickered(&[]));
    match (expected, fell.as_slice(), held) {
        (_, [], Some(held)) => held.clone(),
        (Expected::Fall, [.., once], _) | (Expected::Hold, [_, .., once], _) => (*once).clone(),
        (Expected::Hold, [once], _) if tries.len() > 1 => Verdict::flickered(&once.reasons()),
        _ => last(),
    }
}

#[cfg(test)]
mod tests {
    use super::{concluded, is_decided};
    use crate::{twins::Expected, verdict::Verdict};

    fn of(letters: &str) -> Vec<Verdict> {
        letters.chars().map(Verdict::example).collect()
    }

    fn word(expected: Expected, letters: &str) -> &'static str {
        concluded(expected, &of(letters)).word()
    }

    #[test]
    fn a_breach_counts_when_it_shows_again() {
        assert_eq!(word(Expected::Hold, "H"), "HELD");
        assert_eq!(word(Expected::Hold, "UH"), "HELD");
        assert_eq!(word(Expected::Hold, "FF"), "FELL");
        assert_eq!(word(Expected::Hold, "FUF"), "FELL");
        assert_eq!(word(Expected::Hold, "FH"), "UNPROVEN");
        assert_eq!(word(Expected::Hold, "UFH"), "UNPROVEN");
        assert_eq!(word(Expected::Hold, "FUU"), "UNPROVEN");
        assert_eq!(word(Expected::Hold, "UUU"), "UNPROVEN");
        assert!(concluded(Expected::Hold, &of("FH")).reasons().concat().contains("flickered"));
        // The service did not survive the first try: there was no other.
        assert_eq!(word(Expected::Hold, "F"), "FELL");
    }

    #[test]
    fn a_twin_falls_once() {
        assert_eq!(word(Expected::Fall, "HF"), "FELL");
        assert_eq!(word(Expected::Fall, "UF"), "FELL");
        assert_eq!(word(Expected::Fall, "HHH"), "HELD");
        assert_eq!(word(Expected::Fall, "UUU"), "UNPROVEN");
    }

    #[test]
    fn nothing_is_tried_again_that_is_decided() {
        for decided in ["H", "UH", "FH", "FF", "UFF"] {
            assert!(is_decided(Expected::Hold, &of(decided)), "{decided}");
        }
        for open in ["F", "U", "FU", "UF", "UU"] {
            assert!(!is_decided(Expected::Hold, &of(open)), "{open}");
        }
        assert!(is_decided(Expected::Fall, &of("F")));
        assert!(!is_decided(Expected::Fall, &of("HU")));
    }
}
