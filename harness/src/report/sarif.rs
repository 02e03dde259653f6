//! The report for code scanning: SARIF 2.1.0 (OASIS, with Errata 01).
//!
//! Results are what is not HELD; an alert that no result names any more is closed by whoever keeps the alerts.

use super::{
    Report,
    finding::Finding,
    standards::{Shelf, standards},
};
use crate::book::places;
use brigandine_api::protection::Protection;
use serde_json::{Value, json};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Report {
    /// The findings as a SARIF log.
    #[must_use]
    pub fn to_sarif(&self, shelf: &Shelf) -> Value {
        let findings = self.findings();
        // What is about the run and not about a protection has no place in the source.
        let results = findings.iter().filter_map(|finding| Some(result(finding, finding.protection?)));
        let results: Vec<Value> = results.collect();
        let rules: Vec<Value> = Protection::ALL.iter().map(|protection| rule(protection, shelf)).collect();
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "Brigandine",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }},
                // Both databases may be proven in one job; neither replaces the other's results.
                "automationDetails": { "id": format!("brigandine/{}/", self.database.name()) },
                "columnKind": "unicodeCodePoints",
                "invocations": [self.invocation(&findings)],
                "results": results,
            }],
        })
    }

    fn invocation(&self, findings: &[Finding<'_>]) -> Value {
        let about_run = findings.iter().filter(|finding| finding.protection.is_none());
        let notices: Vec<Value> = about_run
            .map(|finding| json!({ "level": "error", "message": { "text": finding.reasons.join(" ") } }))
            .collect();
        json!({
            "executionSuccessful": notices.is_empty(),
            "exitCode": self.exit_code(),
            "toolExecutionNotifications": notices,
        })
    }
}

fn rule(protection: &'static Protection, shelf: &Shelf) -> Value {
    let mut tags = vec!["security".to_owned(), protection.family.name().to_owned()];
    // As code scanning reads CWE numbers.
    tags.extend(protection.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    tags.extend(standards(protection).into_iter().filter(|standard| !standard.starts_with("CWE")));
    let statement = protection.statement();
    let told = format!("{statement}\n\n{}\n\nRead on in {}.", protection.why, Shelf::path(protection));
    let mut rule = json!({
        "id": protection.id,
        "shortDescription": { "text": statement },
        "fullDescription": { "text": protection.why },
        "help": { "text": told, "markdown": told },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": tags },
    });
    if let (Some(address), Some(rule)) = (shelf.address(protection), rule.as_object_mut()) {
        rule.insert("helpUri".into(), json!(address));
    }
    rule
}

fn result(finding: &Finding<'_>, protection: &'static Protection) -> Value {
    let (file, line) = places::line_of(protection).unwrap_or_else(|| (Shelf::path(protection), 1));
    let mut result = json!({
        "ruleId": protection.id,
        "ruleIndex": Protection::ALL.iter().position(|it| *it == protection),
        "kind": "fail",
        // `open` would be SARIF's word for UNPROVEN, but viewers hide whatever is not `fail`.
        "level": if finding.word == "FELL" { "error" } else { "warning" },
        "message": { "text": format!("{} {}: {}", finding.word, finding.subject, finding.reasons.join("\n")) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": file, "uriBaseId": "%SRCROOT%" },
            "region": { "startLine": line },
        }}],
        // An alert is one attack's, wherever the line moves.
        "partialFingerprints": { "primaryLocationLineHash": finding.subject, "subject/v1": finding.subject },
    });
    if let (Some(last), Some(result)) = (finding.exchanges().last(), result.as_object_mut()) {
        let properties = json!({
            "request": last.request,
            "answer": last.answer,
            "curl": last.curl,
            "log": finding.log(),
        });
        result.insert("properties".into(), properties);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{Protection, Shelf};
    use crate::report::sample;

    #[tokio::test]
    async fn a_result_names_its_rule_its_place_and_what_happened() {
        let log = sample::report().await.unwrap().to_sarif(&Shelf::default());
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), Protection::ALL.len());
        let results = run["results"].as_array().unwrap();
        let levels: Vec<_> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
        assert_eq!(levels, ["error", "warning"]);
        for result in results {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[at]["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            assert!(place["artifactLocation"]["uri"].as_str().unwrap().starts_with("api/src/"), "{place}");
            assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        }
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
        assert_eq!(run["invocations"][0]["exitCode"], 1);
    }

    #[tokio::test]
    async fn a_dead_service_is_a_failed_execution() {
        let log = sample::dead().await.unwrap().to_sarif(&Shelf::default());
        let invocation = &log["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "error");
    }
}
