//! The build, the start, and the proof itself.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static BUILD_TWIN_ABSENT: Protection = Protection {
    id: "build-twin-absent",
    family: Family::Build,
    clauses: &[
        clause("The switches of the twins are not in the release binary", &["strings"]),
        clause(
            "nothing at run time switches a protection off: no input, environment, field, flag or setting",
            &["env"],
        ),
        clause("what has them listens on loopback only", &["bind"]),
    ],
    why: "A switch that takes protections away must not exist where an attacker could find it.",
    owasp: &["API8:2023"],
    asvs: &["15.2.3", "13.4.2"],
    cwe: &[489, 912],
    references: &["(own design rule)"],
};

pub static BUILD_HARDENING: Protection = Protection {
    id: "build-hardening",
    family: Family::Build,
    clauses: &[
        clause("Arithmetic on what clients send never wraps around", &["overflow"]),
        clause(
            "the release binary is position-independent, fully RELRO, has no executable stack and no symbols",
            &["flags"],
        ),
        clause("no input makes a request panic", &["unwrap"]),
    ],
    why: "Numbers that wrap, code that panics and memory that is not safe turn small mistakes into large ones.",
    owasp: &["API8:2023"],
    asvs: &["1.4.1", "1.4.2", "1.4.3", "13.4.1", "15.1.5"],
    cwe: &[190, 489],
    references: &["Docker Security CS", "Rust secure code (own knowledge)"],
};

pub static CONFIG_SECURE_START: Protection = Protection {
    id: "config-secure-start",
    family: Family::Build,
    clauses: &[
        clause(
            "The service refuses to start on an insecure or unknown setting, and says which",
            &["each-insecure", "precedence"],
        ),
        clause(
            "it tells which settings the environment lays over the file, and takes none twice",
            &["precedence"],
        ),
        clause("its folder and keys are its own alone", &["files"]),
        clause("a used database is opened with its own keys and never with new ones", &["missing-key"]),
        clause("a variable that can't be read is not left out", &["unreadable"]),
        clause("a bad certificate is not taken while running, and the good one stays", &["hot"]),
    ],
    why: "Most breaches by configuration begin with a value that a start should have refused.",
    owasp: &["API8:2023"],
    asvs: &["13.4.2", "13.2.3", "13.1.1"],
    cwe: &[1188, 1391],
    references: &["OWASP API8 \"repeatable hardening\"", "ASVS App. D (drift)"],
};

pub static TEST_COVERAGE_META: Protection = Protection {
    id: "test-coverage-meta",
    family: Family::Build,
    clauses: &[
        clause("No attack calls held what was never reached", &["vacuous", "dead"]),
        clause("what is stated is tried, and what is tried is stated", &["stale"]),
    ],
    why: "A scanner that found nothing because it tested nothing reports the same green as one that tested all.",
    owasp: &["API1:2023"],
    asvs: &["8.1.1"],
    cwe: &[693],
    references: &["Authorization Regression CS \"CI gating\"", "mutation-testing idea"],
};
