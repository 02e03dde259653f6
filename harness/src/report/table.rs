//! The table at the end.

use super::{
    Report,
    finding::{log_of, reasons_of, told, without},
    print::line,
};
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
                protection.id,
                runs.len(),
                Self::word_of(&runs),
                slowest.as_millis(),
                reference(protection)
            ));
        }
        for protection in &self.unattacked {
            line(format_args!("{:<26} {:>7}  UNPROVEN            nothing attacks it", protection.id, 0));
        }
        self.print_troubles();
        self.print_twins();
        self.print_marks();
        for sentence in self.silent() {
            line(format_args!("\n{sentence}"));
        }
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
        for run in self.runs.iter().filter(|run| run.verdict.held()) {
            for earlier in &run.tries {
                let why = told(&earlier.verdict).join("; ");
                line(format_args!("\ntried again  {}: undecided at first, {why}", run.attack.id()));
            }
        }
        for endpoint in self.unreached() {
            line(format_args!("\nUNPROVEN  no request reached {} {}", endpoint.method, endpoint.path));
        }
        for (what, name) in self.unprovoked() {
            line(format_args!("\nUNPROVEN  no request provoked the {what} {name}"));
        }
    }

    fn print_twins(&self) {
        if self.twins.is_empty() {
            return;
        }
        line(format_args!("\n{}", self.twins_told()));
        for twin in self.broken_twins() {
            let wanted = match twin.expected {
                Expected::Fall => "must fall",
                Expected::Hold => "must hold, as another layer stands",
            };
            line(format_args!("\n{}: {} {wanted}", twin.protection.id, without(twin)));
            for run in &twin.runs {
                let reasons = reasons_of(run);
                line(format_args!("  {:<9} {} {}", run.verdict.word(), run.attack.id(), reasons.join("; ")));
            }
        }
    }

    fn print_marks(&self) {
        if self.marks.is_empty() {
            return;
        }
        line(format_args!("\n{}", self.marks_told()));
        for (run, why) in self.unproven_marks() {
            line(format_args!("  UNPROVEN  {}: without {}, {why}", run.protection.id, run.place()));
        }
    }
}

fn print_trouble(run: &Run) {
    line(format_args!("\n{}  {}", run.verdict.word(), run.attack.id()));
    for earlier in &run.tries {
        let why = told(&earlier.verdict).join("; ");
        line(format_args!("  an earlier try: {} {why}", earlier.verdict.word()));
    }
    for reason in reasons_of(run) {
        line(format_args!("  {reason}"));
    }
    if let Some(last) = run.evidence.last() {
        for text in last.to_string().lines() {
            line(format_args!("  | {text}"));
        }
    }
    for text in log_of(run) {
        line(format_args!("  log | {text}"));
    }
}

fn reference(protection: &'static Protection) -> String {
    let owasp = protection.owasp.first().copied().unwrap_or_default();
    let asvs = protection.asvs.first().map(|number| format!("ASVS {number}")).unwrap_or_default();
    format!("{owasp} {asvs}")
}
