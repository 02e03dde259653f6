//! TLS: what every byte travels in.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static TLS_ONLY: Protection = Protection {
    id: "tls-only",
    family: Family::Transport,
    clauses: &[
        clause(
            "Every byte travels in TLS: no answer and no redirect in clear",
            &["plain-get", "plain-on-tls-port"],
        ),
        clause("on no port of the process", &["fallback"]),
    ],
    why: "A redirect from http to https comes too late: the token already crossed the network in the clear.",
    owasp: &["API8:2023"],
    asvs: &["12.2.1", "12.3.1", "4.1.2"],
    cwe: &[319, 523],
    references: &["RFC 9325 §3.2", "REST CS \"HTTPS\"", "FAPI 2.0 SP \"Requirements for all endpoints\""],
};

pub static TLS_MODERN: Protection = Protection {
    id: "tls-modern",
    family: Family::Transport,
    clauses: &[
        clause("TLS 1.3 only", &["old-version"]),
        clause("its suites only, no compression", &["weak-cipher"]),
        clause("no early data", &["early-data"]),
    ],
    why: "Old versions and suites can be broken or downgraded by whoever sits on the path, and 0-RTT data can be sent a second time by whoever recorded it.",
    owasp: &["API8:2023"],
    asvs: &["12.1.1", "12.1.2", "11.6.2"],
    cwe: &[327, 326, 757, 294],
    references: &[
        "RFC 8996",
        "RFC 9325 §3.1.1, §4.2",
        "RFC 8446 §8 and App. E.5 (0-RTT replay)",
        "RFC 8470",
        "Mozilla guidelines 6.0 \"modern\"",
    ],
};

pub static TLS_PQ_GROUP: Protection = Protection {
    id: "tls-pq-group",
    family: Family::Transport,
    clauses: &[
        clause(
            "Who offers the hybrid group X25519MLKEM768 gets it; others get X25519 or a NIST curve",
            &["prefer-classic"],
        ),
        clause("nobody on the way can take it from the offer", &["strip"]),
    ],
    why: "Traffic recorded today can be opened once a quantum computer exists, unless its keys were agreed in a way that resists one.",
    owasp: &["API8:2023"],
    asvs: &["11.6.2", "11.2.2", "11.1.4"],
    cwe: &[326, 757],
    references: &[
        "FIPS 203",
        "draft-ietf-tls-ecdhe-mlkem (NamedGroup 0x11EC)",
        "ASVS App. C \"Post-Quantum\"",
        "Mozilla 6.0 `tls_curves`",
        "TLS CS",
    ],
};

pub static TLS_HSTS: Protection = Protection {
    id: "tls-hsts",
    family: Family::Transport,
    clauses: &[
        clause("Every answer carries HSTS for two years with subdomains", &["each-status"]),
        clause("so that no client speaks in clear again", &["strip-client"]),
    ],
    why: "A browser that was never told to insist on TLS can be talked into plain http by the next hostile network.",
    owasp: &["API8:2023"],
    asvs: &["3.4.1", "3.7.4"],
    cwe: &[319, 523],
    references: &["RFC 6797 §6.1, §7.2", "HSTS CS", "Mozilla 6.0 `hsts_min_age` 63072000"],
};

pub static TLS_CERT_HYGIENE: Protection = Protection {
    id: "tls-cert-hygiene",
    family: Family::Transport,
    clauses: &[
        clause("A certificate names its hosts in subjectAltName, and no more", &["wrong-name", "lifetime"]),
        clause("it lives 90 days at most, ECDSA P-256", &["lifetime"]),
        clause("its key is the service's alone, or the service does not start", &["key-perms"]),
        clause("it is replaced while serving, or kept when the new one is bad", &["reload"]),
        clause("14 days before its end the log says so", &["near-expiry"]),
    ],
    why: "A private key that others can read is no secret, and a certificate that can't be replaced while serving will expire while serving.",
    owasp: &["API8:2023"],
    asvs: &["12.2.2", "12.3.4", "11.2.3"],
    cwe: &[298, 732, 326],
    references: &["Mozilla 6.0 (90 days)", "TLS CS \"Certificates\""],
};
