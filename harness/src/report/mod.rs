//! What people and machines read of a run.

mod files;
mod finding;
mod html;
mod json;
mod junit;
mod markdown;
mod plain;
mod print;
mod progress;
pub(crate) mod sample;
mod sarif;
mod standards;
mod table;

pub use files::{Files, Wanted};
pub use plain::{plain, width, wrapped};
pub use print::{error, line, print_exchange};
pub use progress::Progress;
pub use standards::Shelf;

use crate::{
    arena::Database,
    attacks::Attack,
    clock,
    marks::{MarkRun, MarkVerdict},
    matrix,
    observe::Refusals,
    prove::{Proof, Run, Selection},
    twins::{Expected, TwinRun},
    verdict::Verdict,
};
use brigandine_api::{endpoints, http::problem::Kind, protection::Protection};
use std::{collections::BTreeMap, time::Duration};

/// A finished run.
#[derive(Debug)]
pub struct Report {
    database: Database,
    elapsed: Duration,
    /// When it ended, in seconds since 1970.
    ended: i64,
    runs: Vec<Run>,
    twins: Vec<TwinRun>,
    marks: Vec<MarkRun>,
    elsewhere: Vec<&'static Protection>,
    without_clinic: Vec<&'static Protection>,
    left_out: Vec<&'static Attack>,
    unattacked: Vec<&'static Protection>,
    alive: bool,
    /// Requests by endpoint, for every endpoint of the service; `None` stands for what is no endpoint.
    endpoints: BTreeMap<Option<&'static matrix::Endpoint>, u64>,
    /// How many protections were left out by what was asked for.
    unasked: usize,
    /// How often the service refused; zero of what it could refuse with and nobody saw.
    refusals: Refusals,
}

impl Report {
    /// Puts it together.
    #[must_use]
    pub fn new(database: Database, elapsed: Duration, proof: Proof, selection: &Selection) -> Self {
        let Proof { runs, twins, marks, alive, mut refusals } = proof;
        refusals.merge(every_refusal(database));
        let mut endpoints: BTreeMap<_, u64> = matrix::endpoints().iter().map(|e| (Some(e), 0)).collect();
        for ((method, path), times) in runs.iter().flat_map(|run| &run.sent) {
            *endpoints.entry(matrix::endpoint_of(method, path)).or_default() += times;
        }
        let attacked = runs.iter().map(|run| run.attack.protection);
        let missing = [&selection.elsewhere, &selection.without_clinic, &selection.unattacked];
        let missing = missing.into_iter().flatten().copied();
        let covered: std::collections::HashSet<_> = attacked.chain(missing).collect();
        Self {
            database,
            elapsed,
            ended: clock::unix_seconds(),
            runs,
            twins,
            marks,
            elsewhere: selection.elsewhere.clone(),
            without_clinic: selection.without_clinic.clone(),
            left_out: selection.left_out.clone(),
            unattacked: selection.unattacked.clone(),
            alive,
            endpoints,
            unasked: Protection::ALL.len().saturating_sub(covered.len()),
            refusals,
        }
    }

    /// Every protection that was attacked, with its attacks.
    fn protections(&self) -> Vec<(&'static Protection, Vec<&Run>)> {
        let runs_of =
            |protection| self.runs.iter().filter(|r| r.attack.protection == protection).collect::<Vec<_>>();
        let all = Protection::ALL.iter().copied().map(|protection| (protection, runs_of(protection)));
        all.filter(|(_, runs)| !runs.is_empty()).collect()
    }

    fn word_of(runs: &[&Run]) -> &'static str {
        Verdict::worst(runs.iter().map(|run| &run.verdict)).map_or("UNPROVEN", Verdict::word)
    }

    /// Endpoints that no request reached; only a run of everything is held to it.
    fn unreached(&self) -> Vec<&'static matrix::Endpoint> {
        if self.unasked > 0 {
            return Vec::new();
        }
        self.endpoints
            .iter()
            .filter(|(_, times)| **times == 0)
            .filter_map(|(endpoint, _)| *endpoint)
            .collect()
    }

    /// The kinds of problem and the reasons that no request provoked; only a run of everything is held to it.
    fn unprovoked(&self) -> Vec<(&'static str, &str)> {
        if self.unasked > 0 {
            return Vec::new();
        }
        let kinds = self.refusals.kinds.iter().map(|(name, times)| ("kind", name, times));
        let reasons = self.refusals.reasons.iter().map(|(name, times)| ("reason", name, times));
        kinds
            .chain(reasons)
            .filter(|(.., times)| **times == 0)
            .map(|(what, name, _)| (what, name.as_str()))
            .collect()
    }

    fn broken_twins(&self) -> Vec<&TwinRun> {
        self.twins.iter().filter(|twin| !twin.as_expected()).collect()
    }

    fn count(&self, word: &str) -> usize {
        self.protections().iter().filter(|(_, runs)| Self::word_of(runs) == word).count()
            + if word == "UNPROVEN" { self.unattacked.len() } else { 0 }
    }

    fn twins_to_fall(&self) -> impl Iterator<Item = &TwinRun> {
        self.twins.iter().filter(|twin| twin.expected == Expected::Fall)
    }

    /// `118 protections HELD, 0 FELL, 0 UNPROVEN`
    fn headline(&self) -> String {
        let held = self.count("HELD");
        let protections = if held == 1 { "protection" } else { "protections" };
        let [fell, unproven] = ["FELL", "UNPROVEN"].map(|word| self.count(word));
        format!("{held} {protections} HELD, {fell} FELL, {unproven} UNPROVEN")
    }

    /// `120 of 120 twins FELL`
    fn twins_told(&self) -> String {
        let fell = self.twins_to_fall().filter(|twin| twin.as_expected()).count();
        format!("{fell} of {} twins FELL", self.twins_to_fall().count())
    }

    /// Marked functions that nobody would notice the absence of.
    fn unproven_marks(&self) -> impl Iterator<Item = (&MarkRun, &str)> {
        self.marks.iter().filter_map(|run| match &run.verdict {
            MarkVerdict::Unproven(why) => Some((run, why.as_str())),
            _ => None,
        })
    }

    fn marks_that(&self, word: &str) -> usize {
        self.marks.iter().filter(|run| run.verdict.word() == word).count()
    }

    /// `400 marks: 380 FELL, 18 BEHIND, 2 UNPROVEN`
    fn marks_told(&self) -> String {
        let counts = ["FELL", "BEHIND", "UNPROVEN"].map(|word| format!("{} {word}", self.marks_that(word)));
        format!("{} marks: {}", self.marks.len(), counts.join(", "))
    }

    /// What the run says nothing about, in sentences.
    fn silent(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if !self.elsewhere.is_empty() {
            sentences.push(format!(
                "NOT PROVABLE on {} (neither HELD nor counted; run --database postgres): {}",
                self.database.name(),
                ids(&self.elsewhere)
            ));
        }
        if !self.left_out.is_empty() {
            sentences.push(format!(
                "NOT RUN: {} attacks on the example domain, which is not served.",
                self.left_out.len()
            ));
        }
        if !self.without_clinic.is_empty() {
            sentences.push(format!(
                "NOT PROVABLE without the example domain (neither HELD nor counted): {}",
                ids(&self.without_clinic)
            ));
        }
        if self.unasked > 0 {
            sentences.push(format!(
                "NOT ASKED FOR: {} of {} protections (--only, --family).",
                self.unasked,
                Protection::ALL.len()
            ));
        }
        sentences
    }

    /// 0 all HELD, 1 something FELL, 3 something is UNPROVEN, 4 the service died.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.count("FELL") > 0 {
            return 1;
        }
        if !self.alive {
            return 4;
        }
        let proven = self.count("UNPROVEN") == 0
            && self.unreached().is_empty()
            && self.unprovoked().is_empty()
            && self.broken_twins().is_empty()
            && self.unproven_marks().next().is_none();
        if proven && !self.runs.is_empty() { 0 } else { 3 }
    }
}

fn ids(protections: &[&'static Protection]) -> String {
    protections.iter().map(|protection| protection.id).collect::<Vec<_>>().join(", ")
}

/// Everything that the service could refuse with on this database, and that nobody saw yet.
fn every_refusal(database: Database) -> Refusals {
    let unseen = |name: &str| (name.to_owned(), 0);
    let here = |kind: &&Kind| database == Database::Postgres || !Kind::OF_POSTGRES.contains(kind);
    Refusals {
        kinds: endpoints::kinds().iter().filter(here).map(|kind| unseen(kind.slug())).collect(),
        reasons: endpoints::reasons().iter().map(|reason| unseen(reason.as_str())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, every_refusal};
    use crate::{
        arena::Database,
        attacks,
        observe::Refusals,
        prove::{Proof, Run, Selection},
        verdict::{Doubt, Verdict},
    };
    use brigandine_api::protection::{Protection, TLS_ONLY};
    use std::{collections::BTreeMap, time::Duration};

    fn report(runs: Vec<Run>, selection: &Selection, alive: bool) -> Report {
        let proof = Proof { runs, alive, ..Proof::default() };
        Report::new(Database::Sqlite, Duration::ZERO, proof, selection)
    }

    fn unproven() -> Run {
        Run {
            attack: attacks::all()[0],
            verdict: Verdict::unproven(Doubt::Unclear("perhaps".into())),
            requests: 0,
            sent: Default::default(),
            refused: Default::default(),
            elapsed: Duration::ZERO,
            evidence: Vec::new(),
            log: Vec::new(),
            tries: Vec::new(),
        }
    }

    #[test]
    fn a_run_without_attacks_is_not_green() {
        assert_eq!(report(Vec::new(), &Selection::default(), true).exit_code(), 3);
    }

    #[test]
    fn what_is_unproven_is_not_green() {
        let report = report(vec![unproven()], &Selection::default(), true);
        assert_eq!(report.exit_code(), 3);
        assert_eq!(report.to_json()["summary"]["unproven"], 1);
    }

    #[test]
    fn a_protection_that_nothing_attacks_is_unproven() {
        let unattacked = vec![&TLS_ONLY];
        let report = report(Vec::new(), &Selection { unattacked, ..Selection::default() }, true);
        assert_eq!(report.to_json()["protections"][0]["verdict"], "UNPROVEN");
    }

    /// A run of everything that HELD, in which these refusals were seen.
    fn whole(refusals: Refusals) -> Report {
        let held = |attack| Run { attack, verdict: Verdict::example('H'), ..unproven() };
        let runs = vec![held(attacks::all()[0])];
        let proof = Proof { runs, alive: true, refusals, ..Proof::default() };
        let elsewhere = Protection::ALL.to_vec();
        let mut report = Report::new(
            Database::Sqlite,
            Duration::ZERO,
            proof,
            &Selection { elsewhere, ..Selection::default() },
        );
        report.endpoints.values_mut().for_each(|times| *times = 1);
        report
    }

    #[test]
    fn a_refusal_that_nobody_provoked_is_unproven() {
        let mut refusals = every_refusal(Database::Sqlite);
        let all = [&mut refusals.kinds, &mut refusals.reasons];
        all.into_iter().flat_map(BTreeMap::values_mut).for_each(|times| *times = 1);
        assert_eq!(whole(refusals.clone()).exit_code(), 0);
        for (what, name) in [("kind", "not-found"), ("reason", "token.signature")] {
            let mut without = refusals.clone();
            without.kinds.remove(name);
            without.reasons.remove(name);
            let report = whole(without);
            assert_eq!((report.unprovoked(), report.exit_code()), (vec![(what, name)], 3));
        }
    }

    #[test]
    fn a_dead_service_is_a_failed_run() {
        assert_eq!(report(vec![unproven()], &Selection::default(), false).exit_code(), 4);
    }
}
