//! Programs that call the API.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static API_KEY_STORAGE: Protection = Protection {
    id: "api-key-storage",
    family: Family::Clients,
    clauses: &[
        clause("API keys are 256 random bits behind a fixed prefix, with a checksum", &["guess"]),
        clause(
            "a key is shown once and stored as an HMAC under a key that is not in the database",
            &["show-again", "db-theft"],
        ),
        clause(
            "a key ends after a year at most and can be revoked at once, with its program or alone",
            &["after-revoke"],
        ),
        clause("whoever made a key is reminded, once, before it ends", &["unnoticed"]),
        clause("a key counts in the Authorization field only", &["url"]),
    ],
    why: "A key is a password that no person remembers: it lies in files for years, and in the service's own table.",
    owasp: &["API2:2023"],
    asvs: &["13.2.1", "11.5.1", "7.2.2", "6.4.5", "6.5.2"],
    cwe: &[256, 522, 613],
    references: &["REST CS \"API Keys\"", "OWASP API2"],
};
