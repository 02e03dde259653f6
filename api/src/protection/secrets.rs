//! Secrets.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static SECRET_NONE_IN_SOURCE: Protection = Protection {
    id: "secret-none-in-source",
    family: Family::Secrets,
    clauses: &[
        clause("No secret is in the repository, its history, the binary or the document", &["scan"]),
        clause("no known secret is a key here", &["known"]),
    ],
    why: "A secret in a repository is public the day the repository is copied.",
    owasp: &["API8:2023"],
    asvs: &["13.3.1"],
    cwe: &[798, 540, 321],
    references: &["Secrets Management CS", "CI/CD CS"],
};

pub static SECRET_REDACTION: Protection = Protection {
    id: "secret-redaction",
    family: Family::Secrets,
    clauses: &[
        clause(
            "Secrets never reach the log, the metrics, the document or the audit log, wherever clients put them",
            &["everything"],
        ),
        clause("nor the refusal of a setting", &["config-dump"]),
        clause("nor what is left of a process that dies: its memory is not written to a disk", &["crash"]),
    ],
    why: "Logs are read by more people, kept longer and guarded less than the database.",
    owasp: &["API8:2023"],
    asvs: &["16.2.5", "16.5.1", "14.2.1"],
    cwe: &[532, 209, 215],
    references: &["Logging CS \"Data to exclude\"", "Secrets Management CS"],
};
