//! Programs that call the API.

use super::{Facts, Family};

pub(super) const API_KEY_STORAGE: Facts = Facts {
    id: "api-key-storage",
    family: Family::Clients,
    statement: "API client keys: `ck_live_` prefix + 256-bit random + checksum, shown once, stored as SHA-256 (HMAC-peppered), ≤365 days, per-key scopes/CIDR, revocable at once, last-used shown, expiry reminders at −30/−7 days; never for users.",
    why: "A key is a password that no person remembers: it lies in files for years, and in the service's own table.",
    owasp: &["API2:2023"],
    asvs: &["13.2.1", "11.5.1", "7.2.2", "6.4.5", "6.5.2"],
    cwe: &[256, 522, 613],
    references: &["REST CS \"API Keys\"", "OWASP API2"],
};
