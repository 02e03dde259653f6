//! The protections by name. One id, one statement, one enforcement point each.
//!
//! An enforcement point asks [`Protection::holds`]. In every ordinary build that is a constant `true` which the
//! optimiser removes; only the cargo feature `twin` puts a switch behind it, so that the harness can take one
//! protection away and watch its attack succeed.

mod at_rest;
mod audit;
mod authorization;
mod browser;
mod build;
mod input;
mod inventory;
mod limits;
mod output;
mod secrets;
mod tenancy;
mod tokens;
mod transport;

/// What is known of one protection: the material of `explain`, of the report and of the book.
#[derive(Debug)]
pub struct Facts {
    /// The final name, as in the catalogue: `token-audience`.
    pub id: &'static str,
    /// The chapter it belongs to.
    pub family: Family,
    /// What holds, in one sentence.
    pub statement: &'static str,
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

/// A chapter of protections; the harness keeps one file of attacks for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// TLS: what every byte travels in.
    Transport,
    /// Access tokens: who is calling.
    Tokens,
    /// Object, property and function rules: what the caller may do.
    Authorization,
    /// Tenants and database roles.
    Tenancy,
    /// What may come in.
    Input,
    /// What may go out, and how failures look.
    Output,
    /// Sizes, times and rates.
    Limits,
    /// Browsers: CORS, CSRF, headers, hosts.
    Browser,
    /// Encryption at rest.
    AtRest,
    /// Secrets.
    Secrets,
    /// Audit and logs.
    Audit,
    /// What is served, and where.
    Inventory,
    /// The build, the start, and the proof itself.
    Build,
}

impl Family {
    /// The families in the order of the book.
    pub const ALL: [Self; 13] = [
        Self::Transport,
        Self::Tokens,
        Self::Authorization,
        Self::Tenancy,
        Self::Input,
        Self::Output,
        Self::Limits,
        Self::Browser,
        Self::AtRest,
        Self::Secrets,
        Self::Audit,
        Self::Inventory,
        Self::Build,
    ];

    /// The name used on the command line: `tokens`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Tokens => "tokens",
            Self::Authorization => "authorization",
            Self::Tenancy => "tenancy",
            Self::Input => "input",
            Self::Output => "output",
            Self::Limits => "limits",
            Self::Browser => "browser",
            Self::AtRest => "at-rest",
            Self::Secrets => "secrets",
            Self::Audit => "audit",
            Self::Inventory => "inventory",
            Self::Build => "build",
        }
    }
}

/// A protection of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is documented by its statement in `Facts`")]
pub enum Protection {
    TlsOnly,
    TlsModern,
    TlsPqGroup,
    TlsHsts,
    TlsCertHygiene,
    TokenRequired,
    TokenSignature,
    TokenAlgorithm,
    TokenKeySource,
    TokenKeyRotation,
    TokenTimeWindow,
    TokenIssuer,
    TokenAudience,
    TokenType,
    TokenClaimsStrict,
    TokenTransport,
    AuthzObjectAccess,
    AuthzObjectReference,
    AuthzObjectCollection,
    AuthzObjectNondisclosure,
    DtoResponseAllowlist,
    DtoRoleFields,
    MassAssignment,
    AuthzFunctionMatrix,
    AuthzMethodPath,
    AuthzEscalation,
    AuthzScope,
    AuthzImmediate,
    TenantFromToken,
    TenantIsolation,
    DbRlsForced,
    DbRlsContext,
    DbLeastPrivilege,
    InputSchema,
    InputUnambiguous,
    InputContentType,
    InputSql,
    InputTextCanonical,
    OutputNoReflection,
    OutputNoStore,
    ErrorUniform,
    ErrorFailClosed,
    LimitMessageSize,
    LimitJsonDepth,
    LimitPageBatch,
    LimitSlowClient,
    RateIp,
    RatePrincipal,
    RateKeySpoofing,
    CorsAllowlist,
    CorsPreflight,
    CsrfNoAmbient,
    HeadersSet,
    HostAllowlist,
    CryptoFieldEncryption,
    CryptoAadBinding,
    SecretNoneInSource,
    SecretRedaction,
    AuditSecurityEvents,
    AuditDataAccess,
    AuditLogInjection,
    AuditNoSensitive,
    InventoryOpenapiParity,
    InventoryMgmtIsolated,
    BuildTwinAbsent,
    BuildHardening,
    ConfigSecureStart,
    TestCoverageMeta,
}

impl Protection {
    /// Every protection, in the order of the book.
    pub const ALL: [Self; 68] = [
        Self::TlsOnly,
        Self::TlsModern,
        Self::TlsPqGroup,
        Self::TlsHsts,
        Self::TlsCertHygiene,
        Self::TokenRequired,
        Self::TokenSignature,
        Self::TokenAlgorithm,
        Self::TokenKeySource,
        Self::TokenKeyRotation,
        Self::TokenTimeWindow,
        Self::TokenIssuer,
        Self::TokenAudience,
        Self::TokenType,
        Self::TokenClaimsStrict,
        Self::TokenTransport,
        Self::AuthzObjectAccess,
        Self::AuthzObjectReference,
        Self::AuthzObjectCollection,
        Self::AuthzObjectNondisclosure,
        Self::DtoResponseAllowlist,
        Self::DtoRoleFields,
        Self::MassAssignment,
        Self::AuthzFunctionMatrix,
        Self::AuthzMethodPath,
        Self::AuthzEscalation,
        Self::AuthzScope,
        Self::AuthzImmediate,
        Self::TenantFromToken,
        Self::TenantIsolation,
        Self::DbRlsForced,
        Self::DbRlsContext,
        Self::DbLeastPrivilege,
        Self::InputSchema,
        Self::InputUnambiguous,
        Self::InputContentType,
        Self::InputSql,
        Self::InputTextCanonical,
        Self::OutputNoReflection,
        Self::OutputNoStore,
        Self::ErrorUniform,
        Self::ErrorFailClosed,
        Self::LimitMessageSize,
        Self::LimitJsonDepth,
        Self::LimitPageBatch,
        Self::LimitSlowClient,
        Self::RateIp,
        Self::RatePrincipal,
        Self::RateKeySpoofing,
        Self::CorsAllowlist,
        Self::CorsPreflight,
        Self::CsrfNoAmbient,
        Self::HeadersSet,
        Self::HostAllowlist,
        Self::CryptoFieldEncryption,
        Self::CryptoAadBinding,
        Self::SecretNoneInSource,
        Self::SecretRedaction,
        Self::AuditSecurityEvents,
        Self::AuditDataAccess,
        Self::AuditLogInjection,
        Self::AuditNoSensitive,
        Self::InventoryOpenapiParity,
        Self::InventoryMgmtIsolated,
        Self::BuildTwinAbsent,
        Self::BuildHardening,
        Self::ConfigSecureStart,
        Self::TestCoverageMeta,
    ];

    /// What is known of it.
    #[must_use]
    pub const fn facts(self) -> &'static Facts {
        match self {
            Self::TlsOnly => &transport::TLS_ONLY,
            Self::TlsModern => &transport::TLS_MODERN,
            Self::TlsPqGroup => &transport::TLS_PQ_GROUP,
            Self::TlsHsts => &transport::TLS_HSTS,
            Self::TlsCertHygiene => &transport::TLS_CERT_HYGIENE,
            Self::TokenRequired => &tokens::TOKEN_REQUIRED,
            Self::TokenSignature => &tokens::TOKEN_SIGNATURE,
            Self::TokenAlgorithm => &tokens::TOKEN_ALGORITHM,
            Self::TokenKeySource => &tokens::TOKEN_KEY_SOURCE,
            Self::TokenKeyRotation => &tokens::TOKEN_KEY_ROTATION,
            Self::TokenTimeWindow => &tokens::TOKEN_TIME_WINDOW,
            Self::TokenIssuer => &tokens::TOKEN_ISSUER,
            Self::TokenAudience => &tokens::TOKEN_AUDIENCE,
            Self::TokenType => &tokens::TOKEN_TYPE,
            Self::TokenClaimsStrict => &tokens::TOKEN_CLAIMS_STRICT,
            Self::TokenTransport => &tokens::TOKEN_TRANSPORT,
            Self::AuthzObjectAccess => &authorization::AUTHZ_OBJECT_ACCESS,
            Self::AuthzObjectReference => &authorization::AUTHZ_OBJECT_REFERENCE,
            Self::AuthzObjectCollection => &authorization::AUTHZ_OBJECT_COLLECTION,
            Self::AuthzObjectNondisclosure => &authorization::AUTHZ_OBJECT_NONDISCLOSURE,
            Self::DtoResponseAllowlist => &authorization::DTO_RESPONSE_ALLOWLIST,
            Self::DtoRoleFields => &authorization::DTO_ROLE_FIELDS,
            Self::MassAssignment => &authorization::MASS_ASSIGNMENT,
            Self::AuthzFunctionMatrix => &authorization::AUTHZ_FUNCTION_MATRIX,
            Self::AuthzMethodPath => &authorization::AUTHZ_METHOD_PATH,
            Self::AuthzEscalation => &authorization::AUTHZ_ESCALATION,
            Self::AuthzScope => &authorization::AUTHZ_SCOPE,
            Self::AuthzImmediate => &authorization::AUTHZ_IMMEDIATE,
            Self::TenantFromToken => &tenancy::TENANT_FROM_TOKEN,
            Self::TenantIsolation => &tenancy::TENANT_ISOLATION,
            Self::DbRlsForced => &tenancy::DB_RLS_FORCED,
            Self::DbRlsContext => &tenancy::DB_RLS_CONTEXT,
            Self::DbLeastPrivilege => &tenancy::DB_LEAST_PRIVILEGE,
            Self::InputSchema => &input::INPUT_SCHEMA,
            Self::InputUnambiguous => &input::INPUT_UNAMBIGUOUS,
            Self::InputContentType => &input::INPUT_CONTENT_TYPE,
            Self::InputSql => &input::INPUT_SQL,
            Self::InputTextCanonical => &input::INPUT_TEXT_CANONICAL,
            Self::OutputNoReflection => &output::OUTPUT_NO_REFLECTION,
            Self::OutputNoStore => &output::OUTPUT_NO_STORE,
            Self::ErrorUniform => &output::ERROR_UNIFORM,
            Self::ErrorFailClosed => &output::ERROR_FAIL_CLOSED,
            Self::LimitMessageSize => &limits::LIMIT_MESSAGE_SIZE,
            Self::LimitJsonDepth => &limits::LIMIT_JSON_DEPTH,
            Self::LimitPageBatch => &limits::LIMIT_PAGE_BATCH,
            Self::LimitSlowClient => &limits::LIMIT_SLOW_CLIENT,
            Self::RateIp => &limits::RATE_IP,
            Self::RatePrincipal => &limits::RATE_PRINCIPAL,
            Self::RateKeySpoofing => &limits::RATE_KEY_SPOOFING,
            Self::CorsAllowlist => &browser::CORS_ALLOWLIST,
            Self::CorsPreflight => &browser::CORS_PREFLIGHT,
            Self::CsrfNoAmbient => &browser::CSRF_NO_AMBIENT,
            Self::HeadersSet => &browser::HEADERS_SET,
            Self::HostAllowlist => &browser::HOST_ALLOWLIST,
            Self::CryptoFieldEncryption => &at_rest::CRYPTO_FIELD_ENCRYPTION,
            Self::CryptoAadBinding => &at_rest::CRYPTO_AAD_BINDING,
            Self::SecretNoneInSource => &secrets::SECRET_NONE_IN_SOURCE,
            Self::SecretRedaction => &secrets::SECRET_REDACTION,
            Self::AuditSecurityEvents => &audit::AUDIT_SECURITY_EVENTS,
            Self::AuditDataAccess => &audit::AUDIT_DATA_ACCESS,
            Self::AuditLogInjection => &audit::AUDIT_LOG_INJECTION,
            Self::AuditNoSensitive => &audit::AUDIT_NO_SENSITIVE,
            Self::InventoryOpenapiParity => &inventory::INVENTORY_OPENAPI_PARITY,
            Self::InventoryMgmtIsolated => &inventory::INVENTORY_MGMT_ISOLATED,
            Self::BuildTwinAbsent => &build::BUILD_TWIN_ABSENT,
            Self::BuildHardening => &build::BUILD_HARDENING,
            Self::ConfigSecureStart => &build::CONFIG_SECURE_START,
            Self::TestCoverageMeta => &build::TEST_COVERAGE_META,
        }
    }

    /// The final name: `token-audience`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.facts().id
    }

    /// The protection of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protection| protection.id() == id)
    }

    /// Whether the protection stands. Always, but in a twin that was told to drop it.
    #[cfg(not(feature = "twin"))]
    #[inline(always)]
    #[must_use]
    pub const fn holds(self) -> bool {
        true
    }

    /// Whether the protection stands. Always, but in a twin that was told to drop it.
    #[cfg(feature = "twin")]
    #[must_use]
    pub fn holds(self) -> bool {
        !crate::twin::is_off(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Protection;

    #[test]
    fn ids_are_unique_and_found_again() {
        for protection in Protection::ALL {
            assert_eq!(Protection::from_id(protection.id()), Some(protection));
        }
        assert_eq!(Protection::from_id("no-such-protection"), None);
    }
}
