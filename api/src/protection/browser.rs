//! Browsers: CORS, CSRF, headers, hosts.

use super::{Facts, Family};

pub(super) const CORS_ALLOWLIST: Facts = Facts {
    id: "cors-allowlist",
    family: Family::Browser,
    statement: "`Access-Control-Allow-Origin` is a configured exact origin or absent; never `*`, `null`, suffix/regex matches or reflection; no credentials; `Vary: Origin` always.",
    owasp: &["API8:2023"],
    asvs: &["3.4.2"],
    cwe: &[942, 346],
    references: &[
        "WHATWG Fetch (CORS protocol, own knowledge)",
        "REST CS \"CORS\"",
        "FAPI 2.0 SP (no CORS on authorize)",
    ],
};

pub(super) const CORS_PREFLIGHT: Facts = Facts {
    id: "cors-preflight",
    family: Family::Browser,
    statement: "Preflight lists only needed methods/headers, max-age 600 s, refuses others, needs no auth and touches no business code; every state-changing call requires a preflight (JSON type or Authorization).",
    owasp: &["API8:2023"],
    asvs: &["3.5.2", "4.1.4"],
    cwe: &[942, 352],
    references: &["WHATWG Fetch"],
};

pub(super) const CSRF_NO_AMBIENT: Facts = Facts {
    id: "csrf-no-ambient",
    family: Family::Browser,
    statement: "Nothing authenticates by ambient cookie on /v1; the only cookies (OIDC transaction, BFF refresh) are `__Host-`, Secure, HttpOnly, SameSite=Strict/Lax, Path=/ and their routes demand custom header + Origin/Sec-Fetch-Site check; GET never changes state.",
    owasp: &["API8:2023"],
    asvs: &["3.5.1", "3.5.2", "3.5.3", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "10.1.1"],
    cwe: &[352, 614, 1004, 1275],
    references: &["RFC 6265bis (own knowledge)", "NIST SP 800-63B-4 §5.1.1", "CSRF Prevention CS"],
};

pub(super) const HEADERS_SET: Facts = Facts {
    id: "headers-set",
    family: Family::Browser,
    statement: "Every response has the API header set; no Server, X-Powered-By or version text.",
    owasp: &["API8:2023"],
    asvs: &["3.4.3", "3.4.4", "3.4.5", "3.4.6", "3.4.8", "3.5.8", "13.4.6", "4.1.1"],
    cwe: &[693, 1021, 497],
    references: &["REST CS \"Security Headers\"", "HTTP Headers CS"],
};

pub(super) const HOST_ALLOWLIST: Facts = Facts {
    id: "host-allowlist",
    family: Family::Browser,
    statement: "Only configured authorities are served; links, redirects, mails and tokens use the configured base URL; unknown Host -> 421, SNI≠Host refused.",
    owasp: &["API8:2023"],
    asvs: &["4.1.3"],
    cwe: &[346, 20],
    references: &["RFC 9110 §7.2, §7.4, §15.5.20 (421)", "Forgot Password CS"],
};
