//! Secrets.

use super::{Facts, Family};

pub(super) const SECRET_NONE_IN_SOURCE: Facts = Facts {
    id: "secret-none-in-source",
    family: Family::Secrets,
    statement: "No secret in repo, history, image, config, fixtures, docs, CI logs, binaries or client code; only fakes with a recognisable prefix.",
    why: "A secret in a repository is public the day the repository is copied.",
    owasp: &["API8:2023"],
    asvs: &["13.3.1"],
    cwe: &[798, 540, 321],
    references: &["Secrets Management CS", "CI/CD CS"],
};

pub(super) const SECRET_REDACTION: Facts = Facts {
    id: "secret-redaction",
    family: Family::Secrets,
    statement: "Secret types cannot be printed: Debug/Display/Serialize show `[REDACTED]`; tokens, passwords, codes, keys, cookies and query secrets never reach logs, traces, metrics, errors, crash reports or audit.",
    why: "Logs are read by more people, kept longer and guarded less than the database.",
    owasp: &["API8:2023"],
    asvs: &["16.2.5", "16.5.1", "14.2.1"],
    cwe: &[532, 209, 215],
    references: &["Logging CS \"Data to exclude\"", "Secrets Management CS"],
};
