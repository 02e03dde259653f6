//! The protections by name. One id, one statement, one enforcement point each.
//!
//! What enforces one is a function that does nothing else, marked `#[enforces(…)]` with its name. In every ordinary build the
//! mark is nothing; only the cargo feature `twin` puts a switch behind it, so that the harness can take a protection away and
//! watch its attacks succeed.

mod accounts;
mod at_rest;
mod audit;
mod authorization;
mod browser;
mod build;
mod clients;
mod egress;
mod factors;
mod family;
mod federation;
mod flows;
mod input;
mod inventory;
mod limits;
mod oauth;
mod output;
mod secrets;
mod tenancy;
mod tokens;
mod transport;
mod uploads;
mod upstream;

pub use accounts::{
    ACCOUNT_DEFAULT_CREDS, ACCOUNT_ENUMERATION, CREDENTIAL_CHANGE_REAUTH, LOGIN_THROTTLE_ACCOUNT,
    LOGIN_THROTTLE_SOURCE, PW_HASH_ARGON2ID, PW_POLICY, PW_RESET_TOKEN, SESSION_TERMINATION,
    SESSION_TIMEOUTS,
};
pub use at_rest::{CRYPTO_AAD_BINDING, CRYPTO_FIELD_ENCRYPTION};
pub use audit::{AUDIT_DATA_ACCESS, AUDIT_LOG_INJECTION, AUDIT_NO_SENSITIVE, AUDIT_SECURITY_EVENTS};
pub use authorization::{
    AUTHZ_ESCALATION, AUTHZ_FUNCTION_MATRIX, AUTHZ_IMMEDIATE, AUTHZ_METHOD_PATH, AUTHZ_OBJECT_ABAC,
    AUTHZ_OBJECT_ACCESS, AUTHZ_OBJECT_COLLECTION, AUTHZ_OBJECT_NONDISCLOSURE, AUTHZ_OBJECT_REFERENCE,
    AUTHZ_SCOPE, AUTHZ_SERVICE_ACCOUNT, DTO_RESPONSE_ALLOWLIST, DTO_ROLE_FIELDS, MASS_ASSIGNMENT,
};
pub use browser::{CORS_ALLOWLIST, CORS_PREFLIGHT, CSRF_NO_AMBIENT, HEADERS_SET, HOST_ALLOWLIST};
pub use build::{BUILD_HARDENING, BUILD_TWIN_ABSENT, CONFIG_SECURE_START, TEST_COVERAGE_META};
pub use clients::API_KEY_STORAGE;
pub use egress::{
    EGRESS_ALLOWLIST, SSRF_ADDRESS, SSRF_DNS_REBINDING, SSRF_REDIRECT_SCHEME, WEBHOOK_SIGNATURE,
};
pub use factors::{MFA_OTP, MFA_REQUIRED, STEP_UP_AUTH};
pub use family::Family;
pub use federation::{OIDC_ACCOUNT_LINKING, OIDC_ID_TOKEN, OIDC_TRANSACTION_BINDING};
pub use flows::{FLOW_CONCURRENCY, FLOW_DUAL_CONTROL, FLOW_HOLD_CAP, FLOW_IDEMPOTENCY, FLOW_STATE_MACHINE};
pub use input::{
    EDGE_DESYNC, INPUT_CONTENT_TYPE, INPUT_SCHEMA, INPUT_SQL, INPUT_TEXT_CANONICAL, INPUT_UNAMBIGUOUS,
};
pub use inventory::{
    DEPRECATION_LIFECYCLE, INVENTORY_MGMT_ISOLATED, INVENTORY_OPENAPI_PARITY, VERSION_ISOLATION,
};
pub use limits::{
    LIMIT_JSON_DEPTH, LIMIT_MESSAGE_SIZE, LIMIT_PAGE_BATCH, LIMIT_SLOW_CLIENT, LIMIT_WORK, RATE_COSTLY_SPEND,
    RATE_IP, RATE_KEY_SPOOFING, RATE_PRINCIPAL,
};
pub use oauth::{
    OAUTH_CLIENT_AUTH, OAUTH_CODE_SINGLE_USE, OAUTH_GRANTS, OAUTH_PKCE, OAUTH_REDIRECT_EXACT,
    OAUTH_REFRESH_REUSE,
};
pub use output::{CACHE_ISOLATION, ERROR_FAIL_CLOSED, ERROR_UNIFORM, OUTPUT_NO_REFLECTION, OUTPUT_NO_STORE};
pub use secrets::{SECRET_NONE_IN_SOURCE, SECRET_REDACTION};
pub use tenancy::{DB_LEAST_PRIVILEGE, DB_RLS_CONTEXT, DB_RLS_FORCED, TENANT_FROM_TOKEN, TENANT_ISOLATION};
pub use tokens::{
    TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_CLAIMS_STRICT, TOKEN_ISSUER, TOKEN_KEY_ROTATION, TOKEN_KEY_SOURCE,
    TOKEN_REQUIRED, TOKEN_REVOCATION, TOKEN_SENDER_CONSTRAINED, TOKEN_SIGNATURE, TOKEN_TIME_WINDOW,
    TOKEN_TRANSPORT, TOKEN_TYPE,
};
pub use transport::{TLS_CERT_HYGIENE, TLS_HSTS, TLS_MODERN, TLS_ONLY, TLS_PQ_GROUP};
pub use uploads::{
    INPUT_COMMAND_TEMPLATE, OUTPUT_DOWNLOAD_SAFE, UPLOAD_MALWARE, UPLOAD_RESOURCE_LIMITS, UPLOAD_TYPE,
};
pub use upstream::{UPSTREAM_LIMITS, UPSTREAM_TLS, UPSTREAM_VALIDATE};

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

/// A protection: the material of `explain`, of the report and of the book, and what marks name.
pub struct Protection {
    /// The final name, as in the catalogue: `token-audience`.
    pub id: &'static str,
    /// The chapter it belongs to.
    pub family: Family,
    /// What holds, clause by clause; nothing is stated that nobody attacks.
    pub clauses: &'static [Clause],
    /// Why it matters, in one sentence.
    pub why: &'static str,
    /// OWASP API Security Top 10 items.
    pub owasp: &'static [&'static str],
    /// OWASP ASVS 5.0.0 requirements.
    pub asvs: &'static [&'static str],
    /// CWE numbers of what happens without it.
    pub cwe: &'static [u16],
    /// RFC sections, guides and manuals it follows.
    pub references: &'static [&'static str],
}

impl Protection {
    /// What holds, in one sentence.
    #[must_use]
    pub fn statement(&self) -> String {
        let clauses: Vec<_> = self.clauses.iter().map(|clause| clause.text).collect();
        clauses.join("; ") + "."
    }

    /// The protection of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<&'static Self> {
        Self::ALL.iter().copied().find(|protection| protection.id == id)
    }

    /// Every protection, in the order of the book.
    pub const ALL: &'static [&'static Self] = &[
        &TLS_ONLY,
        &TLS_MODERN,
        &TLS_PQ_GROUP,
        &TLS_HSTS,
        &TLS_CERT_HYGIENE,
        &TOKEN_REQUIRED,
        &TOKEN_SIGNATURE,
        &TOKEN_ALGORITHM,
        &TOKEN_KEY_SOURCE,
        &TOKEN_KEY_ROTATION,
        &TOKEN_TIME_WINDOW,
        &TOKEN_ISSUER,
        &TOKEN_AUDIENCE,
        &TOKEN_TYPE,
        &TOKEN_CLAIMS_STRICT,
        &TOKEN_TRANSPORT,
        &TOKEN_REVOCATION,
        &TOKEN_SENDER_CONSTRAINED,
        &OAUTH_REDIRECT_EXACT,
        &OAUTH_PKCE,
        &OAUTH_CODE_SINGLE_USE,
        &OAUTH_GRANTS,
        &OAUTH_CLIENT_AUTH,
        &OAUTH_REFRESH_REUSE,
        &PW_HASH_ARGON2ID,
        &PW_POLICY,
        &LOGIN_THROTTLE_ACCOUNT,
        &LOGIN_THROTTLE_SOURCE,
        &ACCOUNT_ENUMERATION,
        &PW_RESET_TOKEN,
        &CREDENTIAL_CHANGE_REAUTH,
        &ACCOUNT_DEFAULT_CREDS,
        &MFA_REQUIRED,
        &MFA_OTP,
        &STEP_UP_AUTH,
        &OIDC_TRANSACTION_BINDING,
        &OIDC_ID_TOKEN,
        &OIDC_ACCOUNT_LINKING,
        &SESSION_TIMEOUTS,
        &SESSION_TERMINATION,
        &API_KEY_STORAGE,
        &AUTHZ_OBJECT_ACCESS,
        &AUTHZ_OBJECT_REFERENCE,
        &AUTHZ_OBJECT_COLLECTION,
        &AUTHZ_OBJECT_ABAC,
        &AUTHZ_OBJECT_NONDISCLOSURE,
        &DTO_RESPONSE_ALLOWLIST,
        &DTO_ROLE_FIELDS,
        &MASS_ASSIGNMENT,
        &AUTHZ_FUNCTION_MATRIX,
        &AUTHZ_METHOD_PATH,
        &AUTHZ_ESCALATION,
        &AUTHZ_SCOPE,
        &AUTHZ_IMMEDIATE,
        &AUTHZ_SERVICE_ACCOUNT,
        &TENANT_FROM_TOKEN,
        &TENANT_ISOLATION,
        &DB_RLS_FORCED,
        &DB_RLS_CONTEXT,
        &DB_LEAST_PRIVILEGE,
        &FLOW_IDEMPOTENCY,
        &FLOW_CONCURRENCY,
        &FLOW_HOLD_CAP,
        &FLOW_STATE_MACHINE,
        &FLOW_DUAL_CONTROL,
        &INPUT_SCHEMA,
        &INPUT_UNAMBIGUOUS,
        &INPUT_CONTENT_TYPE,
        &EDGE_DESYNC,
        &INPUT_SQL,
        &INPUT_COMMAND_TEMPLATE,
        &INPUT_TEXT_CANONICAL,
        &UPLOAD_TYPE,
        &UPLOAD_RESOURCE_LIMITS,
        &UPLOAD_MALWARE,
        &OUTPUT_NO_REFLECTION,
        &OUTPUT_DOWNLOAD_SAFE,
        &OUTPUT_NO_STORE,
        &CACHE_ISOLATION,
        &ERROR_UNIFORM,
        &ERROR_FAIL_CLOSED,
        &LIMIT_MESSAGE_SIZE,
        &LIMIT_JSON_DEPTH,
        &LIMIT_PAGE_BATCH,
        &LIMIT_SLOW_CLIENT,
        &LIMIT_WORK,
        &RATE_COSTLY_SPEND,
        &RATE_IP,
        &RATE_PRINCIPAL,
        &RATE_KEY_SPOOFING,
        &CORS_ALLOWLIST,
        &CORS_PREFLIGHT,
        &CSRF_NO_AMBIENT,
        &HEADERS_SET,
        &HOST_ALLOWLIST,
        &SSRF_ADDRESS,
        &SSRF_DNS_REBINDING,
        &SSRF_REDIRECT_SCHEME,
        &EGRESS_ALLOWLIST,
        &WEBHOOK_SIGNATURE,
        &UPSTREAM_TLS,
        &UPSTREAM_VALIDATE,
        &UPSTREAM_LIMITS,
        &CRYPTO_FIELD_ENCRYPTION,
        &CRYPTO_AAD_BINDING,
        &SECRET_NONE_IN_SOURCE,
        &SECRET_REDACTION,
        &AUDIT_SECURITY_EVENTS,
        &AUDIT_DATA_ACCESS,
        &AUDIT_LOG_INJECTION,
        &AUDIT_NO_SENSITIVE,
        &INVENTORY_OPENAPI_PARITY,
        &VERSION_ISOLATION,
        &DEPRECATION_LIFECYCLE,
        &INVENTORY_MGMT_ISOLATED,
        &BUILD_TWIN_ABSENT,
        &BUILD_HARDENING,
        &CONFIG_SECURE_START,
        &TEST_COVERAGE_META,
    ];
}

impl fmt::Debug for Protection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id)
    }
}

impl PartialEq for Protection {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Protection {}

/// In the order of the book.
impl Ord for Protection {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |of: &Self| Self::ALL.iter().position(|it| *it == of);
        place(self).cmp(&place(other))
    }
}

impl PartialOrd for Protection {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Protection {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// One thing that a protection states, and who tries it.
#[derive(Debug)]
pub struct Clause {
    /// What holds: a part of the statement's sentence.
    pub text: &'static str,
    /// The protection's attacks that this clause must withstand, by name; a test of the harness compares.
    pub attacks: &'static [&'static str],
}

const fn clause(text: &'static str, attacks: &'static [&'static str]) -> Clause {
    Clause { text, attacks }
}

#[cfg(test)]
mod tests {
    use super::Protection;

    #[test]
    fn ids_are_unique_and_found_again() {
        for &protection in Protection::ALL {
            assert_eq!(Protection::from_id(protection.id), Some(protection));
        }
        assert_eq!(Protection::from_id("no-such-protection"), None);
    }
}
