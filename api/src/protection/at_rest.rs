//! Encryption at rest.

use super::{Facts, Family};

pub(super) const CRYPTO_FIELD_ENCRYPTION: Facts = Facts {
    id: "crypto-field-encryption",
    family: Family::AtRest,
    statement: "Clinical text, identifiers and MFA seeds are AES-256-GCM encrypted in the application before SQL (random 96-bit nonce, ≤2^32 messages per key), searchable only through a keyed blind index; the DB, its files, WAL, replicas and dumps never hold plaintext.",
    why: "A stolen backup should be noise.",
    owasp: &["API8:2023"],
    asvs: &["11.3.1", "11.3.2", "11.3.3", "11.3.4", "14.1.2", "14.2.4"],
    cwe: &[311, 312, 327, 323],
    references: &["NIST SP 800-38D §8.2, §8.3", "Cryptographic Storage CS", "ASVS App. C"],
};

pub(super) const CRYPTO_AAD_BINDING: Facts = Facts {
    id: "crypto-aad-binding",
    family: Family::AtRest,
    statement: "Ciphertext is bound to org, table, column, row id and key version through AAD; any swap, truncation, bit flip or downgrade fails closed with an alert.",
    why: "Ciphertext that opens anywhere can be moved: one patient's diagnosis under another's name.",
    owasp: &["API8:2023"],
    asvs: &["11.3.3", "11.2.5"],
    cwe: &[345, 354, 353],
    references: &["NIST SP 800-38D §7", "Cryptographic Storage CS"],
};
