//! TLS: what every byte travels in.

use super::{Facts, Family};

pub(super) const TLS_ONLY: Facts = Facts {
    id: "tls-only",
    family: Family::Transport,
    statement: "Every byte of the API travels in TLS; the plaintext port never serves, redirects or leaks (an API must not auto-redirect, because the first request already leaked the token).",
    why: "A redirect from http to https comes too late: the token already crossed the network in the clear.",
    owasp: &["API8:2023"],
    asvs: &["12.2.1", "12.3.1", "4.1.2"],
    cwe: &[319, 523],
    references: &["RFC 9325 §3.2", "REST CS \"HTTPS\"", "FAPI 2.0 SP \"Requirements for all endpoints\""],
};

pub(super) const TLS_MODERN: Facts = Facts {
    id: "tls-modern",
    family: Family::Transport,
    statement: "Only TLS 1.3 (optional legacy edge profile: 1.2 with ECDHE+AEAD), no 0-RTT, no TLS compression, no renegotiation, certificate key ECDSA P-256.",
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

pub(super) const TLS_PQ_GROUP: Facts = Facts {
    id: "tls-pq-group",
    family: Family::Transport,
    statement: "Key agreement prefers the hybrid X25519MLKEM768 group; fallback order X25519, secp256r1, secp384r1.",
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

pub(super) const TLS_HSTS: Facts = Facts {
    id: "tls-hsts",
    family: Family::Transport,
    statement: "Every HTTPS response (success, 4xx, 5xx, preflight) carries HSTS for two years incl. subdomains; never sent over plaintext.",
    why: "A browser that was never told to insist on TLS can be talked into plain http by the next hostile network.",
    owasp: &["API8:2023"],
    asvs: &["3.4.1", "3.7.4"],
    cwe: &[319, 523],
    references: &["RFC 6797 §6.1, §7.2", "HSTS CS", "Mozilla 6.0 `hsts_min_age` 63072000"],
};

pub(super) const TLS_CERT_HYGIENE: Facts = Facts {
    id: "tls-cert-hygiene",
    family: Family::Transport,
    statement: "Certificates live ≤90 days, SAN only, key file 0600 and reloaded without restart, expiry ≤14 days raises an alert; private key never in image or repo.",
    why: "A private key that others can read is no secret, and a certificate that can't be replaced while serving will expire while serving.",
    owasp: &["API8:2023"],
    asvs: &["12.2.2", "12.3.4", "11.2.3"],
    cwe: &[298, 732, 326],
    references: &["Mozilla 6.0 (90 days)", "TLS CS \"Certificates\""],
};
