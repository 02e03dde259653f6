//! Encryption at rest.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static CRYPTO_FIELD_ENCRYPTION: Protection = Protection {
    id: "crypto-field-encryption",
    family: Family::AtRest,
    clauses: &[
        clause(
            "Clinical texts and identifiers are sealed with AES-256-GCM before they reach the database, its files or its log",
            &["dump"],
        ),
        clause("equal texts are sealed differently, and no nonce comes twice", &["nonce", "ecb"]),
        clause("they are found by a keyed index, of which each organization has its own", &["index"]),
    ],
    why: "A stolen backup should be noise.",
    owasp: &["API8:2023"],
    asvs: &["11.3.1", "11.3.2", "11.3.3", "11.3.4", "14.1.2", "14.2.4"],
    cwe: &[311, 312, 327, 323],
    references: &["NIST SP 800-38D §8.2, §8.3", "Cryptographic Storage CS", "ASVS App. C"],
};

pub static CRYPTO_AAD_BINDING: Protection = Protection {
    id: "crypto-aad-binding",
    family: Family::AtRest,
    clauses: &[
        clause("A sealed value opens only in its own organization, table, column and row", &["swap"]),
        clause(
            "so does the one in every sealed column, and a factor's for its own account only",
            &["every-column"],
        ),
        clause("changed, shortened or unsealed bytes never open", &["flip"]),
        clause("an older seal of the same row does not open", &["rollback"]),
        clause("what stands in clear beside a seal is bound to it", &["record"]),
    ],
    why: "Ciphertext that opens anywhere can be moved: one patient's diagnosis under another's name.",
    owasp: &["API8:2023"],
    asvs: &["11.3.3", "11.2.5"],
    cwe: &[345, 354, 353],
    references: &["NIST SP 800-38D §7", "Cryptographic Storage CS"],
};
