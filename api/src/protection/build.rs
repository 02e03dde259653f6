//! The build, the start, and the proof itself.

use super::{Facts, Family};

pub(super) const BUILD_TWIN_ABSENT: Facts = Facts {
    id: "build-twin-absent",
    family: Family::Build,
    statement: "The switch that disables protections exists only in the `twin` build: not compiled into, not linked, not configurable in the release artefact; twin binaries refuse non-loopback binds and stamp every response.",
    why: "A switch that takes protections away must not exist where an attacker could find it.",
    owasp: &["API8:2023"],
    asvs: &["15.2.3", "13.4.2"],
    cwe: &[489, 912],
    references: &["(own design rule)"],
};

pub(super) const BUILD_HARDENING: Facts = Facts {
    id: "build-hardening",
    family: Family::Build,
    statement: "`#![forbid(unsafe_code)]` in own crates, overflow-checks on in release, panic=unwind, PIE/RELRO, stripped, distroless image without shell/package manager/.git, clippy deny list (unwrap, indexing, print) in request paths, reproducible toolchain.",
    why: "Numbers that wrap, code that panics and memory that is not safe turn small mistakes into large ones.",
    owasp: &["API8:2023"],
    asvs: &["1.4.1", "1.4.2", "1.4.3", "13.4.1", "15.1.5"],
    cwe: &[190, 489],
    references: &["Docker Security CS", "Rust secure code (own knowledge)"],
};

pub(super) const CONFIG_SECURE_START: Facts = Facts {
    id: "config-secure-start",
    family: Family::Build,
    statement: "Configuration is typed, validated and secure by default; the production profile refuses to start on any insecure value and prints which; effective config is hash-logged; drift is detected.",
    why: "Most breaches by configuration begin with a value that a start should have refused.",
    owasp: &["API8:2023"],
    asvs: &["13.4.2", "13.2.3", "13.1.1"],
    cwe: &[1188, 1391],
    references: &["OWASP API8 \"repeatable hardening\"", "ASVS App. D (drift)"],
};

pub(super) const TEST_COVERAGE_META: Facts = Facts {
    id: "test-coverage-meta",
    family: Family::Build,
    statement: "The harness proves itself: every protection has ≥1 attack, a positive control and a twin that falls; every operation has an authz row; every OWASP item and seed sentence maps to ids; vacuous, masked or flaky attacks fail the build.",
    why: "A scanner that found nothing because it tested nothing reports the same green as one that tested all.",
    owasp: &["API1:2023"],
    asvs: &["8.1.1"],
    cwe: &[693],
    references: &["Authorization Regression CS \"CI gating\"", "mutation-testing idea"],
};
