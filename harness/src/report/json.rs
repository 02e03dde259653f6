//! The report for machines.

use super::{
    Report,
    finding::{lines, log_of, reasons_of, told},
};
use crate::{
    marks::{MarkRun, MarkVerdict},
    prove::Run,
    twins::TwinRun,
};
use brigandine_api::protection::Protection;
use serde_json::{Value, json};

impl Report {
    /// The whole report as one JSON document.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let requests: u64 = self.runs.iter().map(|run| run.requests).sum();
        let twins = self.twins_to_fall().count();
        let twins_fell = self.twins_to_fall().filter(|twin| twin.as_expected()).count();
        let attacked = self.protections();
        let mut protections: Vec<Value> =
            attacked.iter().map(|(protection, runs)| self.protection(protection, runs)).collect();
        protections.extend(self.unattacked.iter().map(|protection| self.protection(protection, &[])));
        let endpoints = self.endpoints.iter().filter_map(|(endpoint, requests)| {
            let endpoint = (*endpoint)?;
            Some(json!({ "method": endpoint.method, "path": endpoint.path, "requests": requests }))
        });
        let ids = |protections: &[&'static Protection]| protections.iter().map(|p| p.id).collect::<Vec<_>>();
        let left_out: Vec<String> = self.left_out.iter().map(|attack| attack.id()).collect();
        json!({
            "topology": self.database.name(),
            "seconds": self.elapsed.as_secs_f64(),
            "requests": requests,
            "service_survived": self.alive,
            "summary": {
                "protections": protections.len(),
                "attacks": self.runs.len(),
                "held": self.count("HELD"),
                "fell": self.count("FELL"),
                "unproven": self.count("UNPROVEN"),
                "twins": twins,
                "twins_fell": twins_fell,
                "marks": self.marks.len(),
                "marks_fell": self.marks_that("FELL"),
                "marks_behind": self.marks_that("BEHIND"),
                "marks_unproven": self.marks_that("UNPROVEN"),
            },
            "not_provable_here": ids(&self.elsewhere),
            "not_provable_without_the_example_domain": ids(&self.without_clinic),
            "not_run_without_the_example_domain": left_out,
            "protections": protections,
            "marks": self.marks.iter().map(mark).collect::<Vec<_>>(),
            "refusals": { "kinds": self.refusals.kinds, "reasons": self.refusals.reasons },
            "endpoints": endpoints.collect::<Vec<_>>(),
        })
    }

    fn protection(&self, protection: &'static Protection, runs: &[&Run]) -> Value {
        let twins = self.twins.iter().filter(|twin| twin.protection == protection);
        json!({
            "id": protection.id,
            "verdict": Self::word_of(runs),
            "attacks": runs.iter().map(|run| attack(run)).collect::<Vec<_>>(),
            "twins": twins.map(twin).collect::<Vec<_>>(),
        })
    }
}

fn attack(run: &Run) -> Value {
    let tries = run.tries.iter().map(|earlier| {
        json!({ "verdict": earlier.verdict.word(), "reasons": told(&earlier.verdict), "log": lines(&earlier.log) })
    });
    let tries: Vec<Value> = tries.collect();
    let evidence: Vec<String> = run.evidence.iter().map(ToString::to_string).collect();
    json!({
        "id": run.attack.id(),
        "verdict": run.verdict.word(),
        "reasons": reasons_of(run),
        "requests": run.requests,
        "seconds": run.elapsed.as_secs_f64(),
        "evidence": evidence,
        "log": log_of(run),
        "earlier_tries": tries,
    })
}

fn mark(run: &MarkRun) -> Value {
    let (attack, reason) = match &run.verdict {
        MarkVerdict::Fell(attack) | MarkVerdict::Behind(attack) => (Some(attack), None),
        MarkVerdict::Unproven(reason) => (None, Some(reason)),
    };
    json!({
        "protection": run.protection.id,
        "function": run.mark.function,
        "file": run.mark.file,
        "line": run.mark.line,
        "verdict": run.verdict.word(),
        "behind": run.mark.layer().map(|layer| layer.id),
        "attack": attack,
        "reason": reason,
    })
}

fn twin(twin: &TwinRun) -> Value {
    let off: Vec<_> = twin.off.iter().map(|protection| protection.id).collect();
    json!({ "off": off, "verdict": twin.word(), "as_expected": twin.as_expected() })
}
