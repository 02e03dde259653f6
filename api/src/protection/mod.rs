//! The protections by name. One id, one statement, one enforcement point each.
//!
//! An enforcement point asks [`Protection::holds`]. In every ordinary build that is a constant `true` which the
//! optimiser removes; only the cargo feature `twin` puts a switch behind it, so that the harness can take one
//! protection away and watch its attack succeed.

mod accounts;
mod at_rest;
mod audit;
mod authorization;
mod browser;
mod build;
mod clients;
mod egress;
mod factors;
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
    /// OAuth 2.0 and OpenID Connect: who is given a token.
    Oauth,
    /// Accounts: passwords, factors, sessions.
    Accounts,
    /// API clients: programs that act for an organization.
    Clients,
    /// Object, property and function rules: what the caller may do.
    Authorization,
    /// Tenants and database roles.
    Tenancy,
    /// Business flows: once, in order, and not twice.
    Flows,
    /// What may come in.
    Input,
    /// What may go out, and how failures look.
    Output,
    /// Sizes, times and rates.
    Limits,
    /// Browsers: CORS, CSRF, headers, hosts.
    Browser,
    /// What the service calls by itself.
    Egress,
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
    pub const ALL: [Self; 18] = [
        Self::Transport,
        Self::Tokens,
        Self::Oauth,
        Self::Accounts,
        Self::Clients,
        Self::Authorization,
        Self::Tenancy,
        Self::Flows,
        Self::Input,
        Self::Output,
        Self::Limits,
        Self::Browser,
        Self::Egress,
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
            Self::Oauth => "oauth",
            Self::Accounts => "accounts",
            Self::Clients => "clients",
            Self::Authorization => "authorization",
            Self::Tenancy => "tenancy",
            Self::Flows => "flows",
            Self::Input => "input",
            Self::Output => "output",
            Self::Limits => "limits",
            Self::Browser => "browser",
            Self::Egress => "egress",
            Self::AtRest => "at-rest",
            Self::Secrets => "secrets",
            Self::Audit => "audit",
            Self::Inventory => "inventory",
            Self::Build => "build",
        }
    }
}

macro_rules! protections {
    ($($name:ident => $facts:path;)*) => {
        /// A protection.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each one's statement is in its facts")]
        pub enum Protection { $($name,)* }

        impl Protection {
            /// Every protection, in the order of the book.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What is known of it.
            #[must_use]
            pub const fn facts(self) -> &'static Facts {
                match self { $(Self::$name => &$facts,)* }
            }
        }
    };
}

protections! {
    TlsOnly => transport::TLS_ONLY;
    TlsModern => transport::TLS_MODERN;
    TlsPqGroup => transport::TLS_PQ_GROUP;
    TlsHsts => transport::TLS_HSTS;
    TlsCertHygiene => transport::TLS_CERT_HYGIENE;
    TokenRequired => tokens::TOKEN_REQUIRED;
    TokenSignature => tokens::TOKEN_SIGNATURE;
    TokenAlgorithm => tokens::TOKEN_ALGORITHM;
    TokenKeySource => tokens::TOKEN_KEY_SOURCE;
    TokenKeyRotation => tokens::TOKEN_KEY_ROTATION;
    TokenTimeWindow => tokens::TOKEN_TIME_WINDOW;
    TokenIssuer => tokens::TOKEN_ISSUER;
    TokenAudience => tokens::TOKEN_AUDIENCE;
    TokenType => tokens::TOKEN_TYPE;
    TokenClaimsStrict => tokens::TOKEN_CLAIMS_STRICT;
    TokenTransport => tokens::TOKEN_TRANSPORT;
    TokenRevocation => tokens::TOKEN_REVOCATION;
    TokenSenderConstrained => tokens::TOKEN_SENDER_CONSTRAINED;
    OauthRedirectExact => oauth::OAUTH_REDIRECT_EXACT;
    OauthPkce => oauth::OAUTH_PKCE;
    OauthCodeSingleUse => oauth::OAUTH_CODE_SINGLE_USE;
    OauthGrants => oauth::OAUTH_GRANTS;
    OauthClientAuth => oauth::OAUTH_CLIENT_AUTH;
    OauthRefreshReuse => oauth::OAUTH_REFRESH_REUSE;
    PwHashArgon2id => accounts::PW_HASH_ARGON2ID;
    PwPolicy => accounts::PW_POLICY;
    LoginThrottleAccount => accounts::LOGIN_THROTTLE_ACCOUNT;
    LoginThrottleSource => accounts::LOGIN_THROTTLE_SOURCE;
    AccountEnumeration => accounts::ACCOUNT_ENUMERATION;
    PwResetToken => accounts::PW_RESET_TOKEN;
    CredentialChangeReauth => accounts::CREDENTIAL_CHANGE_REAUTH;
    AccountDefaultCreds => accounts::ACCOUNT_DEFAULT_CREDS;
    MfaRequired => factors::MFA_REQUIRED;
    MfaOtp => factors::MFA_OTP;
    StepUpAuth => factors::STEP_UP_AUTH;
    OidcTransactionBinding => federation::OIDC_TRANSACTION_BINDING;
    OidcIdToken => federation::OIDC_ID_TOKEN;
    OidcAccountLinking => federation::OIDC_ACCOUNT_LINKING;
    SessionTimeouts => accounts::SESSION_TIMEOUTS;
    SessionTermination => accounts::SESSION_TERMINATION;
    ApiKeyStorage => clients::API_KEY_STORAGE;
    AuthzObjectAccess => authorization::AUTHZ_OBJECT_ACCESS;
    AuthzObjectReference => authorization::AUTHZ_OBJECT_REFERENCE;
    AuthzObjectCollection => authorization::AUTHZ_OBJECT_COLLECTION;
    AuthzObjectAbac => authorization::AUTHZ_OBJECT_ABAC;
    AuthzObjectNondisclosure => authorization::AUTHZ_OBJECT_NONDISCLOSURE;
    DtoResponseAllowlist => authorization::DTO_RESPONSE_ALLOWLIST;
    DtoRoleFields => authorization::DTO_ROLE_FIELDS;
    MassAssignment => authorization::MASS_ASSIGNMENT;
    AuthzFunctionMatrix => authorization::AUTHZ_FUNCTION_MATRIX;
    AuthzMethodPath => authorization::AUTHZ_METHOD_PATH;
    AuthzEscalation => authorization::AUTHZ_ESCALATION;
    AuthzScope => authorization::AUTHZ_SCOPE;
    AuthzImmediate => authorization::AUTHZ_IMMEDIATE;
    AuthzServiceAccount => authorization::AUTHZ_SERVICE_ACCOUNT;
    TenantFromToken => tenancy::TENANT_FROM_TOKEN;
    TenantIsolation => tenancy::TENANT_ISOLATION;
    DbRlsForced => tenancy::DB_RLS_FORCED;
    DbRlsContext => tenancy::DB_RLS_CONTEXT;
    DbLeastPrivilege => tenancy::DB_LEAST_PRIVILEGE;
    FlowIdempotency => flows::FLOW_IDEMPOTENCY;
    FlowConcurrency => flows::FLOW_CONCURRENCY;
    FlowHoldCap => flows::FLOW_HOLD_CAP;
    FlowStateMachine => flows::FLOW_STATE_MACHINE;
    FlowDualControl => flows::FLOW_DUAL_CONTROL;
    InputSchema => input::INPUT_SCHEMA;
    InputUnambiguous => input::INPUT_UNAMBIGUOUS;
    InputContentType => input::INPUT_CONTENT_TYPE;
    InputSql => input::INPUT_SQL;
    InputCommandTemplate => uploads::INPUT_COMMAND_TEMPLATE;
    InputTextCanonical => input::INPUT_TEXT_CANONICAL;
    UploadType => uploads::UPLOAD_TYPE;
    UploadResourceLimits => uploads::UPLOAD_RESOURCE_LIMITS;
    UploadMalware => uploads::UPLOAD_MALWARE;
    OutputNoReflection => output::OUTPUT_NO_REFLECTION;
    OutputDownloadSafe => uploads::OUTPUT_DOWNLOAD_SAFE;
    OutputNoStore => output::OUTPUT_NO_STORE;
    CacheIsolation => output::CACHE_ISOLATION;
    ErrorUniform => output::ERROR_UNIFORM;
    ErrorFailClosed => output::ERROR_FAIL_CLOSED;
    LimitMessageSize => limits::LIMIT_MESSAGE_SIZE;
    LimitJsonDepth => limits::LIMIT_JSON_DEPTH;
    LimitPageBatch => limits::LIMIT_PAGE_BATCH;
    LimitSlowClient => limits::LIMIT_SLOW_CLIENT;
    LimitWork => limits::LIMIT_WORK;
    RateCostlySpend => limits::RATE_COSTLY_SPEND;
    RateIp => limits::RATE_IP;
    RatePrincipal => limits::RATE_PRINCIPAL;
    RateKeySpoofing => limits::RATE_KEY_SPOOFING;
    CorsAllowlist => browser::CORS_ALLOWLIST;
    CorsPreflight => browser::CORS_PREFLIGHT;
    CsrfNoAmbient => browser::CSRF_NO_AMBIENT;
    HeadersSet => browser::HEADERS_SET;
    HostAllowlist => browser::HOST_ALLOWLIST;
    SsrfAddress => egress::SSRF_ADDRESS;
    SsrfDnsRebinding => egress::SSRF_DNS_REBINDING;
    SsrfRedirectScheme => egress::SSRF_REDIRECT_SCHEME;
    EgressAllowlist => egress::EGRESS_ALLOWLIST;
    WebhookSignature => egress::WEBHOOK_SIGNATURE;
    UpstreamTls => upstream::UPSTREAM_TLS;
    UpstreamValidate => upstream::UPSTREAM_VALIDATE;
    UpstreamLimits => upstream::UPSTREAM_LIMITS;
    CryptoFieldEncryption => at_rest::CRYPTO_FIELD_ENCRYPTION;
    CryptoAadBinding => at_rest::CRYPTO_AAD_BINDING;
    SecretNoneInSource => secrets::SECRET_NONE_IN_SOURCE;
    SecretRedaction => secrets::SECRET_REDACTION;
    AuditSecurityEvents => audit::AUDIT_SECURITY_EVENTS;
    AuditDataAccess => audit::AUDIT_DATA_ACCESS;
    AuditLogInjection => audit::AUDIT_LOG_INJECTION;
    AuditNoSensitive => audit::AUDIT_NO_SENSITIVE;
    InventoryOpenapiParity => inventory::INVENTORY_OPENAPI_PARITY;
    VersionIsolation => inventory::VERSION_ISOLATION;
    DeprecationLifecycle => inventory::DEPRECATION_LIFECYCLE;
    InventoryMgmtIsolated => inventory::INVENTORY_MGMT_ISOLATED;
    BuildTwinAbsent => build::BUILD_TWIN_ABSENT;
    BuildHardening => build::BUILD_HARDENING;
    ConfigSecureStart => build::CONFIG_SECURE_START;
    TestCoverageMeta => build::TEST_COVERAGE_META;
}

impl Protection {
    /// The final name: `token-audience`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.facts().id
    }

    /// The protection of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|protection| protection.id() == id)
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
        for &protection in Protection::ALL {
            assert_eq!(Protection::from_id(protection.id()), Some(protection));
        }
        assert_eq!(Protection::from_id("no-such-protection"), None);
    }
}
