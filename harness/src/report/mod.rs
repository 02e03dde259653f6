//! What people and machines read of a run.

mod json;
mod print;
mod progress;
mod table;

pub use print::{error, line, print_exchange};
pub use progress::Progress;

use crate::{
    arena::Database,
    attacks::Attack,
    matrix,
    prove::{Run, Selection},
    twins::{Expected, TwinRun},
    verdict::Verdict,
};
use brigandine_api::protection::Protection;
use std::{collections::BTreeMap, time::Duration};

/// A finished run.
#[derive(Debug)]
pub struct Report {
    database: Database,
    elapsed: Duration,
    runs: Vec<Run>,
    twins: Vec<TwinRun>,
    elsewhere: Vec<Protection>,
    without_clinic: Vec<Protection>,
    left_out: Vec<&'static Attack>,
    unattacked: Vec<Protection>,
    alive: bool,
    /// Requests by endpoint, for every endpoint of the service; `None` stands for what is no endpoint.
    endpoints: BTreeMap<Option<&'static matrix::Endpoint>, u64>,
    whole: bool,
}

impl Report {
    /// Puts it together.
    #[must_use]
    pub fn new(
        database: Database,
        elapsed: Duration,
        runs: Vec<Run>,
        twins: Vec<TwinRun>,
        selection: &Selection,
        alive: bool,
    ) -> Self {
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
            runs,
            twins,
            elsewhere: selection.elsewhere.clone(),
            without_clinic: selection.without_clinic.clone(),
            left_out: selection.left_out.clone(),
            unattacked: selection.unattacked.clone(),
            alive,
            endpoints,
            whole: covered.len() == Protection::ALL.len(),
        }
    }

    /// Every protection that was attacked, with its attacks.
    fn protections(&self) -> Vec<(Protection, Vec<&Run>)> {
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
        if !self.whole {
            return Vec::new();
        }
        self.endpoints
            .iter()
            .filter(|(_, times)| **times == 0)
            .filter_map(|(endpoint, _)| *endpoint)
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

    /// 0 all HELD, 1 something FELL, 3 something is UNPROVEN, 4 the service died.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.count("FELL") > 0 {
            return 1;
        }
        if !self.alive {
            return 4;
        }
        let proven =
            self.count("UNPROVEN") == 0 && self.unreached().is_empty() && self.broken_twins().is_empty();
        if proven && !self.runs.is_empty() { 0 } else { 3 }
    }
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::{
        arena::Database,
        attacks,
        prove::{Run, Selection},
        verdict::{Doubt, Verdict},
    };
    use std::time::Duration;

    fn report(runs: Vec<Run>, selection: &Selection, alive: bool) -> Report {
        Report::new(Database::Sqlite, Duration::ZERO, runs, Vec::new(), selection, alive)
    }

    fn unproven() -> Run {
        Run {
            attack: attacks::all()[0],
            verdict: Verdict::unproven(Doubt::Unclear("perhaps".into())),
            requests: 0,
            sent: Default::default(),
            elapsed: Duration::ZERO,
            evidence: Vec::new(),
            log: Vec::new(),
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
        let unattacked = vec![brigandine_api::protection::Protection::TlsOnly];
        let report = report(Vec::new(), &Selection { unattacked, ..Selection::default() }, true);
        assert_eq!(report.to_json()["protections"][0]["verdict"], "UNPROVEN");
    }

    #[test]
    fn a_dead_service_is_a_failed_run() {
        assert_eq!(report(vec![unproven()], &Selection::default(), false).exit_code(), 4);
    }
}
