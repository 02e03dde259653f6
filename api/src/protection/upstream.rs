//! APIs that the service asks.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static UPSTREAM_TLS: Protection = Protection {
    id: "upstream-tls",
    family: Family::Egress,
    clauses: &[
        clause("Upstreams are called with verified chain and name", &["bad-cert"]),
        clause("no redirect is followed", &["redirect"]),
        clause("an http URL stops the start", &["downgrade"]),
    ],
    why: "Whoever can pose as the insurer is told who is insured where, and answers what they like.",
    owasp: &["API10:2023"],
    asvs: &["12.3.1", "12.3.2", "15.3.2", "13.2.1"],
    cwe: &[295, 297, 319],
    references: &["OWASP API10:2023", "TLS CS"],
};

pub static UPSTREAM_VALIDATE: Protection = Protection {
    id: "upstream-validate",
    family: Family::Egress,
    clauses: &[
        clause(
            "An upstream's answer is input: media type, size, shape, ranges and the asked id are checked, and nothing unknown is taken",
            &["inject", "type"],
        ),
        clause("no more goes out than the question needs", &["outbound"]),
    ],
    why: "An insurer that was broken into would else write into the clinic's files.",
    owasp: &["API10:2023"],
    asvs: &["2.2.1", "2.2.2", "1.3.3", "14.2.3", "15.3.1"],
    cwe: &[20, 349],
    references: &["OWASP API10:2023 scenarios 1 and 3"],
};

pub static UPSTREAM_LIMITS: Protection = Protection {
    id: "upstream-limits",
    family: Family::Egress,
    clauses: &[
        clause(
            "An upstream has 2 s to connect, 5 s in all and 256 KiB; nothing else waits for it",
            &["hang"],
        ),
        clause("after 5 failures in 10 s it is left alone but for a probe", &["storm", "recover"]),
        clause("and asked again when it answers one", &["recover"]),
    ],
    why: "A partner that hangs must not hang the clinic.",
    owasp: &["API10:2023", "API4:2023"],
    asvs: &["13.1.3", "13.2.6", "16.5.2", "4.2.5"],
    cwe: &[400, 770],
    references: &["OWASP API10:2023"],
};
