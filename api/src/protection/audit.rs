//! Audit and logs.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static AUDIT_SECURITY_EVENTS: Protection = Protection {
    id: "audit-security-events",
    family: Family::Audit,
    clauses: &[
        clause(
            "Every request leaves one access line: route template, method, status, principal, organization, address, latency, request id",
            &["every-request"],
        ),
        clause("its times are UTC, wherever the machine stands", &["clock"]),
        clause(
            "every refusal of a token, scope, role, object, input, size or rate leaves an event with its reason, actor and request id, as long as the caller's refusals are not a flood",
            &["completeness", "quiet"],
        ),
        clause("request ids are the service's own, whatever a client sends", &["request-id"]),
        clause("what happens to an account is told to every organization of its owner", &["accounts"]),
    ],
    why: "An attack that leaves no trace will be repeated.",
    owasp: &["API2:2023", "API5:2023", "API8:2023"],
    asvs: &["16.1.1", "16.2.1", "16.2.2", "16.2.4", "16.3.1", "16.3.2", "16.3.3", "16.3.4"],
    cwe: &[778, 223],
    references: &["Logging CS", "Logging Vocabulary CS"],
};

pub static AUDIT_DATA_ACCESS: Protection = Protection {
    id: "audit-data-access",
    family: Family::Audit,
    clauses: &[
        clause(
            "Every read of patient data is recorded with reader and the ids of all objects in the answer: single objects, lists, one's own, and by programs",
            &["bulk"],
        ),
        clause("so are reads of members and of the audit log itself", &["members"]),
        clause("every recorded operation names its object", &["every-rule"]),
        clause(
            "no way of asking (ranges, conditions, HEAD, refused answers) leaves a read or change unrecorded",
            &["bypass"],
        ),
    ],
    why: "Patients are entitled to know who looked, and only a log that misses nothing can tell.",
    owasp: &["API1:2023", "API3:2023"],
    asvs: &["16.3.2", "14.2.4", "16.2.1"],
    cwe: &[778],
    references: &["Logging CS (\"access to sensitive data\")", "Logging Vocabulary `sensitive_read`"],
};

pub static AUDIT_LOG_INJECTION: Protection = Protection {
    id: "audit-log-injection",
    family: Family::Audit,
    clauses: &[
        clause("Log and audit lines are JSON: line breaks from input never make a record", &["crlf"]),
        clause(
            "control characters, terminal commands and formulas from input never reach a viewer unescaped",
            &["ansi"],
        ),
        clause("nothing in them is looked up or filled in", &["lookup"]),
    ],
    why: "A name with a line break writes an entry of its own: the attacker's alibi.",
    owasp: &["API8:2023"],
    asvs: &["16.4.1", "1.3.10"],
    cwe: &[117, 93],
    references: &["Logging CS \"log injection\""],
};

pub static AUDIT_NO_SENSITIVE: Protection = Protection {
    id: "audit-no-sensitive",
    family: Family::Audit,
    clauses: &[
        clause("Logs, metrics and audit rows hold no clinical or personal values, only ids", &["canary"]),
        clause("whoever reads the events learns nothing else", &["reader"]),
        clause("no auditor sees another organization's events", &["cross-tenant"]),
    ],
    why: "An audit log that holds the data it guards is one more copy to steal.",
    owasp: &["API3:2023"],
    asvs: &["16.2.5", "14.2.4", "14.1.2"],
    cwe: &[532, 359],
    references: &["Logging CS \"Data to exclude\""],
};
