//! OAuth 2.0 and OpenID Connect: who is given a token.

use super::{Facts, Family};

pub(super) const OAUTH_REDIRECT_EXACT: Facts = Facts {
    id: "oauth-redirect-exact",
    family: Family::Oauth,
    statement: "`redirect_uri` must match a pre-registered URI by exact string comparison; errors for a bad URI are shown, not redirected; no endpoint is an open redirector.",
    why: "Whoever may name the address that the code goes to is given the code.",
    owasp: &["API2:2023"],
    asvs: &["10.4.1", "3.7.2"],
    cwe: &[601],
    references: &["RFC 9700 §2.1, §4.1.3, §4.11", "OIDC Core §3.1.2.1", "FAPI 2.0 SP AS item 7"],
};

pub(super) const OAUTH_PKCE: Facts = Facts {
    id: "oauth-pkce",
    family: Family::Oauth,
    statement: "Every authorization code flow needs PKCE S256; `plain`, missing challenge and verifier-without-challenge are refused.",
    why: "A code travels through browsers, histories and logs; alone it must be worth nothing.",
    owasp: &["API2:2023"],
    asvs: &["10.4.6", "10.2.1"],
    cwe: &[294, 345],
    references: &[
        "RFC 7636 §4.3-§4.6",
        "RFC 9700 §2.1.1, §4.8",
        "FAPI 2.0 SP \"Authorization endpoint flows\" item 5",
    ],
};

pub(super) const OAUTH_CODE_SINGLE_USE: Facts = Facts {
    id: "oauth-code-single-use",
    family: Family::Oauth,
    statement: "Authorization codes live ≤60 s, are bound to client + redirect_uri + PKCE + (optional) DPoP key and work once; a second use revokes everything issued from the first.",
    why: "A code that works twice works once more for whoever read it over a shoulder.",
    owasp: &["API2:2023"],
    asvs: &["10.4.2", "10.4.3"],
    cwe: &[294, 362],
    references: &[
        "RFC 6749 §4.1.2, §10.5",
        "RFC 9700 §4.5",
        "RFC 9449 §10",
        "FAPI 2.0 SP (60 s",
        "reject reused code)",
    ],
};

pub(super) const OAUTH_GRANTS: Facts = Facts {
    id: "oauth-grants",
    family: Family::Oauth,
    statement: "Only code(+PKCE via PAR), refresh_token and client_credentials exist; implicit, hybrid-with-token and password grants do not; each client is limited to its registered grants, scopes, response modes.",
    why: "Every way to a token that nobody needs is one that nobody watches.",
    owasp: &["API2:2023"],
    asvs: &["10.4.4", "10.4.11", "10.4.12", "10.4.13", "10.6.1", "10.7.1", "10.7.2", "10.7.3"],
    cwe: &[287, 269],
    references: &[
        "RFC 9700 §2.1.2, §2.4",
        "RFC 9126 §2.1-§2.3, §4, §5, §7.3",
        "FAPI 2.0 SP \"Authorization endpoint flows\" items 1-4",
    ],
};

pub(super) const OAUTH_REFRESH_REUSE: Facts = Facts {
    id: "oauth-refresh-reuse",
    family: Family::Oauth,
    statement: "Refresh tokens are ≥256-bit opaque, stored hashed, bound to client (+DPoP key), rotated for public clients with family revocation on reuse, absolute lifetime enforced, never widen scope.",
    why: "A refresh token is the longest-lived thing that can be stolen; its second use is the only sign of the theft.",
    owasp: &["API2:2023"],
    asvs: &["10.4.5", "10.4.8", "10.4.9", "7.2.3", "11.5.1"],
    cwe: &[613, 294, 256],
    references: &[
        "RFC 6749 §6, §10.4",
        "RFC 9700 §2.2.2, §4.14.2",
        "FAPI 2.0 SP AS item 10 (no rotation for confidential + sender-constrained)",
    ],
};

pub(super) const OAUTH_CLIENT_AUTH: Facts = Facts {
    id: "oauth-client-auth",
    family: Family::Oauth,
    statement: "Confidential clients authenticate with `private_key_jwt` (or mTLS) at token, PAR, introspection and revocation; assertions live ≤60 s, are single-use, `aud` = issuer; introspection only answers for the caller's own audience.",
    why: "Codes, refresh tokens and what tokens say are given to whoever passes for the client they belong to.",
    owasp: &["API2:2023"],
    asvs: &["10.4.10", "10.4.16", "13.2.1"],
    cwe: &[306, 294, 287],
    references: &[
        "RFC 9700 §2.5",
        "RFC 7523 §3",
        "OIDC Core §9",
        "RFC 7662 §2.1, §4",
        "RFC 7009 §2.1",
        "RFC 9126 §2",
    ],
};
