//! Audit and logs.

use super::{Facts, Family};

pub(super) const AUDIT_SECURITY_EVENTS: Facts = Facts {
    id: "audit-security-events",
    family: Family::Audit,
    statement: "Every request leaves one access line (route template, method, status, principal, tenant, client IP, latency, request id); every authentication, authorization failure, privilege/config/key change, validation burst and control failure produces exactly one structured event with when/where/who/what/outcome, UTC time, request id and schema version.",
    why: "An attack that leaves no trace will be repeated.",
    owasp: &["API2:2023", "API5:2023", "API8:2023"],
    asvs: &["16.1.1", "16.2.1", "16.2.2", "16.2.4", "16.3.1", "16.3.2", "16.3.3", "16.3.4"],
    cwe: &[778, 223],
    references: &["Logging CS", "Logging Vocabulary CS"],
};

pub(super) const AUDIT_DATA_ACCESS: Facts = Facts {
    id: "audit-data-access",
    family: Family::Audit,
    statement: "Reading and changing patient data is logged per object and field group (not values), incl. lists, exports, downloads, admin and service access, break-glass; patients can see who accessed their record.",
    why: "Patients are entitled to know who looked, and only a log that misses nothing can tell.",
    owasp: &["API1:2023", "API3:2023"],
    asvs: &["16.3.2", "14.2.4", "16.2.1"],
    cwe: &[778],
    references: &["Logging CS (\"access to sensitive data\")", "Logging Vocabulary `sensitive_read`"],
};

pub(super) const AUDIT_LOG_INJECTION: Facts = Facts {
    id: "audit-log-injection",
    family: Family::Audit,
    statement: "Log and audit lines are JSON-encoded; control characters, newlines, ANSI and format/lookup strings from input never create or alter records or execute in viewers.",
    why: "A name with a line break writes an entry of its own: the attacker's alibi.",
    owasp: &["API8:2023"],
    asvs: &["16.4.1", "1.3.10"],
    cwe: &[117, 93],
    references: &["Logging CS \"log injection\""],
};

pub(super) const AUDIT_NO_SENSITIVE: Facts = Facts {
    id: "audit-no-sensitive",
    family: Family::Audit,
    statement: "Logs, metrics, traces and audit hold no credentials and no clinical or personal values; ids are pseudonymous; classification decides per field (allowlist).",
    why: "An audit log that holds the data it guards is one more copy to steal.",
    owasp: &["API3:2023"],
    asvs: &["16.2.5", "14.2.4", "14.1.2"],
    cwe: &[532, 359],
    references: &["Logging CS \"Data to exclude\""],
};
