//! What keeps a run from being green, one thing at a time: every report tells of the same.

use super::Report;
use crate::{
    client::{Exchange, redacted},
    prove::Run,
    twins::{Expected, TwinRun},
    verdict::Verdict,
};
use brigandine_api::protection::{Protection, TEST_COVERAGE_META};

/// Something that FELL, or that is UNPROVEN.
pub(super) struct Finding<'a> {
    /// `FELL` or `UNPROVEN`.
    pub(super) word: &'static str,
    /// Which protection it is about; `None` when it is about the run.
    pub(super) protection: Option<&'static Protection>,
    /// What it is, and the same from run to run: `token-signature/tamper`.
    pub(super) subject: String,
    /// What happened.
    pub(super) reasons: Vec<String>,
    /// The attack that found it.
    pub(super) run: Option<&'a Run>,
}

impl Finding<'_> {
    /// What was sent and what came, the latest last.
    pub(super) fn exchanges(&self) -> &[Exchange] {
        self.run.map_or(&[], |run| &run.evidence)
    }

    /// What the service logged about the last exchange.
    pub(super) fn log(&self) -> Vec<String> {
        self.run.map(log_of).unwrap_or_default()
    }
}

impl Report {
    /// Everything that keeps the run from exit code 0, what FELL first.
    pub(super) fn findings(&self) -> Vec<Finding<'_>> {
        let of_run = |protection, subject: &str, reason: String| Finding {
            word: "UNPROVEN",
            protection,
            subject: subject.to_owned(),
            reasons: vec![reason],
            run: None,
        };
        let mut findings = Vec::new();
        if !self.alive {
            findings.push(of_run(None, "service", "The service died during the run.".to_owned()));
        }
        if self.runs.is_empty() {
            findings.push(of_run(None, "run", "No attack ran.".to_owned()));
        }
        findings.extend(self.runs.iter().filter(|run| !run.verdict.held()).map(|run| Finding {
            word: run.verdict.word(),
            protection: Some(run.attack.protection),
            subject: run.attack.id(),
            reasons: reasons_of(run),
            run: Some(run),
        }));
        let unattacked = self.unattacked.iter();
        findings.extend(
            unattacked.map(|it| of_run(Some(*it), it.id, "Nothing attacks this protection.".to_owned())),
        );
        findings.extend(self.broken_twins().into_iter().map(broken));
        findings.extend(self.unproven_marks().map(|(run, why)| {
            let subject = format!("{}: without {}", run.protection.id, run.place());
            of_run(Some(run.protection), &subject, format!("It can be taken away, and {why}."))
        }));
        findings.extend(self.unreached().into_iter().map(|endpoint| {
            let endpoint = format!("{} {}", endpoint.method, endpoint.path);
            let about = Some(&TEST_COVERAGE_META);
            of_run(about, &endpoint, format!("No request reached {endpoint}."))
        }));
        // `sort_by_key` keeps the order of equals.
        findings.sort_by_key(|finding| finding.word != "FELL");
        findings
    }
}

/// A twin that did not do what it must; its attacks prove nothing then.
fn broken(twin: &TwinRun) -> Finding<'_> {
    let expected = match twin.expected {
        Expected::Fall => "Every attack must succeed here, as the protection is taken away.",
        Expected::Hold => "Every attack must be beaten here, as another layer stands.",
    };
    let mut reasons = vec![expected.to_owned()];
    for run in &twin.runs {
        let why = reasons_of(run).join("; ");
        reasons.push(format!("{} {} {why}", run.verdict.word(), run.attack.id()).trim_end().to_owned());
    }
    Finding {
        word: "UNPROVEN",
        protection: Some(twin.protection),
        subject: format!("{}: {}", twin.protection.id, without(twin)),
        reasons,
        run: None,
    }
}

/// `the twin without token-issuer + token-audience`
pub(super) fn without(twin: &TwinRun) -> String {
    let off: Vec<_> = twin.off.iter().map(|protection| protection.id).collect();
    format!("the twin without {}", off.join(" + "))
}

/// Why the attack is not HELD.
pub(super) fn reasons_of(run: &Run) -> Vec<String> {
    told(&run.verdict)
}

/// A verdict's reasons. They may quote a request's address, and with it a credential.
pub(super) fn told(verdict: &Verdict) -> Vec<String> {
    lines(&verdict.reasons())
}

/// What the service logged.
pub(super) fn log_of(run: &Run) -> Vec<String> {
    lines(&run.log)
}

/// Lines without credentials. Whether the service keeps them out of its log is what some attacks are about.
pub(super) fn lines(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| redacted(line)).collect()
}
