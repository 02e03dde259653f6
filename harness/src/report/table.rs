//! The table at the end.

use super::{Report, print::line};
use crate::{prove::Run, twins::Expected};
use brigandine_api::protection::Protection;

impl Report {
    /// Prints the table, then whatever is not HELD with its reasons and its last exchanges.
    pub fn print(&self) {
        line(format_args!(
            "{:<26} {:>7}  {:<9} {:>8}  {}",
            "protection", "attacks", "verdict", "time", "reference"
        ));
        for (protection, runs) in self.protections() {
            let slowest = runs.iter().map(|run| run.elapsed).max().unwrap_or_default();
            line(format_args!(
                "{:<26} {:>7}  {:<9} {:>6}ms  {}",
                protection.id(),
                runs.len(),
                Self::word_of(&runs),
                slowest.as_millis(),
                reference(protection)
            ));
        }
        for protection in &self.unattacked {
            line(format_args!("{:<26} {:>7}  UNPROVEN            nothing attacks it", protection.id(), 0));
        }
        self.print_troubles();
        self.print_twins();
        self.print_elsewhere();
        let attacks = self.runs.len();
        let requests: u64 = self.runs.iter().map(|run| run.requests).sum();
        line(format_args!(
            "\n{} HELD, {} FELL, {} UNPROVEN · {attacks} attacks · {requests} requests · {} · {:.1} s",
            self.count("HELD"),
            self.count("FELL"),
            self.count("UNPROVEN"),
            self.database.name(),
            self.elapsed.as_secs_f64()
        ));
        if !self.alive {
            line("The service died during the run.");
        }
    }

    fn print_troubles(&self) {
        for run in self.runs.iter().filter(|run| !run.verdict.held()) {
            print_trouble(run);
        }
        for endpoint in self.unreached() {
            line(format_args!("\nUNPROVEN  no request reached {} {}", endpoint.method, endpoint.path));
        }
    }

    fn print_twins(&self) {
        if self.twins.is_empty() {
            return;
        }
        let fell = self.twins_to_fall().filter(|twin| twin.as_expected()).count();
        line(format_args!("\n{fell} of {} twins FELL", self.twins_to_fall().count()));
        for twin in self.broken_twins() {
            let off: Vec<_> = twin.off.iter().map(|protection| protection.id()).collect();
            let wanted = match twin.expected {
                Expected::Fall => "must fall",
                Expected::Hold => "must hold, as another layer stands",
            };
            line(format_args!("\n{}: the twin without {} {wanted}", twin.protection.id(), off.join(" + ")));
            for run in &twin.runs {
                let reasons = run.verdict.reasons();
                line(format_args!("  {:<9} {} {}", run.verdict.word(), run.attack.id(), reasons.join("; ")));
            }
        }
    }

    fn print_elsewhere(&self) {
        if !self.elsewhere.is_empty() {
            line(format_args!(
                "\nNOT PROVABLE on {} (neither HELD nor counted; run --database postgres): {}",
                self.database.name(),
                ids(&self.elsewhere)
            ));
        }
        if !self.left_out.is_empty() {
            line(format_args!(
                "\nNOT RUN: {} attacks on the example domain, which is not served.",
                self.left_out.len()
            ));
        }
        if !self.without_clinic.is_empty() {
            line(format_args!(
                "NOT PROVABLE without it (neither HELD nor counted): {}",
                ids(&self.without_clinic)
            ));
        }
    }
}

fn ids(protections: &[Protection]) -> String {
    protections.iter().map(|protection| protection.id()).collect::<Vec<_>>().join(", ")
}

fn print_trouble(run: &Run) {
    line(format_args!("\n{}  {}", run.verdict.word(), run.attack.id()));
    for reason in run.verdict.reasons() {
        line(format_args!("  {reason}"));
    }
    if let Some(last) = run.evidence.last() {
        for text in last.to_string().lines() {
            line(format_args!("  | {text}"));
        }
    }
    for text in &run.log {
        line(format_args!("  log | {text}"));
    }
}

fn reference(protection: Protection) -> String {
    let facts = protection.facts();
    let owasp = facts.owasp.first().copied().unwrap_or_default();
    let asvs = facts.asvs.first().map(|number| format!("ASVS {number}")).unwrap_or_default();
    format!("{owasp} {asvs}")
}
