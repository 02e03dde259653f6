//! The report as test results: JUnit's XML, as Jenkins, GitLab and others read it.
//!
//! An attack is a test case. One that FELL is a failure; one that is UNPROVEN is an error, as nothing is known then.

use super::{
    Report,
    finding::{Finding, without},
    standards::standards,
};
use crate::{prove::Run, twins::Expected};
use brigandine_api::protection::Protection;
use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

impl Report {
    /// The run as JUnit's XML. Characters that XML has no place for are left out.
    ///
    /// # Errors
    /// From the writer of the XML.
    pub fn to_junit(&self) -> Result<String, SerializeError> {
        let mut report = quick_junit::Report::new(format!("brigandine {}", self.database.name()));
        report.set_time(self.elapsed);
        let findings = self.findings();
        for (protection, runs) in self.protections() {
            let mut suite = TestSuite::new(protection.id);
            suite.set_time(runs.iter().map(|run| run.elapsed).sum());
            suite.add_property(("statement", protection.statement().as_str()));
            suite.add_property(("standards", standards(protection).join(", ").as_str()));
            suite.add_test_cases(runs.iter().map(|run| attacked(run, &findings)));
            report.add_test_suite(suite);
        }
        let mut others = TestSuite::new("run");
        let without_attack = findings.iter().filter(|finding| finding.run.is_none());
        others.add_test_cases(without_attack.map(|finding| case(&finding.subject, "run", status(finding))));
        let fine = self.twins.iter().filter(|twin| twin.as_expected());
        others.add_test_cases(fine.map(|twin| {
            let word = if twin.expected == Expected::Fall { "falls" } else { "holds" };
            case(&format!("{} {word}", without(twin)), "twins", TestCaseStatus::success())
        }));
        let proven = self.marks.iter().filter(|run| run.verdict.word() != "UNPROVEN");
        others.add_test_cases(proven.map(|run| {
            let name = format!("{}: without {}", run.protection.id, run.place());
            case(&name, "marks", TestCaseStatus::success())
        }));
        others.add_test_cases(self.left_out.iter().map(|attack| {
            let status = skipped("It attacks the example domain, which is not served.");
            case(attack.name, attack.protection.id, status)
        }));
        let missing = |protections: &[&'static Protection], why: &str| -> Vec<TestCase> {
            protections.iter().map(|protection| case("any", protection.id, skipped(why))).collect()
        };
        others.add_test_cases(missing(&self.elsewhere, "It can be proven on PostgreSQL only."));
        others
            .add_test_cases(missing(&self.without_clinic, "It can be proven with the example domain only."));
        if others.tests > 0 {
            report.add_test_suite(others);
        }
        report.to_string()
    }
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

fn attacked(run: &Run, findings: &[Finding<'_>]) -> TestCase {
    let subject = run.attack.id();
    let finding = findings.iter().find(|finding| finding.run.is_some() && finding.subject == subject);
    let status = finding.map_or_else(TestCaseStatus::success, status);
    let mut case = case(run.attack.name, run.attack.protection.id, status);
    case.set_time(run.elapsed);
    case
}

fn status(finding: &Finding<'_>) -> TestCaseStatus {
    let kind = if finding.word == "FELL" { NonSuccessKind::Failure } else { NonSuccessKind::Error };
    let mut told = finding.reasons.join("\n");
    if let Some(last) = finding.exchanges().last() {
        told = format!("{told}\n\n{last}");
    }
    for line in finding.log() {
        told = format!("{told}\nlog | {line}");
    }
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(finding.word).set_message(finding.reasons.join("; ")).set_description(told);
    status
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

#[cfg(test)]
mod tests {
    use crate::report::sample;
    use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

    #[tokio::test]
    async fn every_attack_is_a_test_case_that_is_read_again() {
        let xml = sample::report().await.unwrap().to_junit().unwrap();
        let read = Report::deserialize_from_str(&xml).unwrap();
        assert_eq!((read.tests, read.failures, read.errors), (3, 1, 1));
        let cases = &read.test_suites[0].test_cases;
        let kinds: Vec<_> = cases.iter().map(|case| kind(&case.status)).collect();
        assert_eq!(kinds, [None, Some(NonSuccessKind::Failure), Some(NonSuccessKind::Error)]);
        let TestCaseStatus::NonSuccess { description: Some(told), .. } = &cases[1].status else {
            panic!("{:?}", cases[1].status);
        };
        assert!(told.as_str().contains(sample::HOSTILE), "{told:?}");
        assert!(told.as_str().contains("HTTP/1.1 200"), "{told:?}");
    }

    fn kind(status: &TestCaseStatus) -> Option<NonSuccessKind> {
        match status {
            TestCaseStatus::NonSuccess { kind, .. } => Some(*kind),
            _ => None,
        }
    }
}
