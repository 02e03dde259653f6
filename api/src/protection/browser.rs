//! Browsers: CORS, CSRF, headers, hosts.

use super::{Facts, Family};

pub(super) const CORS_ALLOWLIST: Facts = Facts {
    id: "cors-allowlist",
    family: Family::Browser,
    statement: "`Access-Control-Allow-Origin` is a configured exact origin or absent; never `*`, `null`, suffix/regex matches or reflection; no credentials; `Vary: Origin` always.",
    why: "Whoever reflects the origin lets every page on the web read answers with the visitor's own token.",
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
    why: "The preflight is the browser asking for permission; an answer of yes to everything is none.",
    owasp: &["API8:2023"],
    asvs: &["3.5.2", "4.1.4"],
    cwe: &[942, 352],
    references: &["WHATWG Fetch"],
};

pub(super) const CSRF_NO_AMBIENT: Facts = Facts {
    id: "csrf-no-ambient",
    family: Family::Browser,
    statement: "Nothing authenticates by ambient cookie on /v1; the only cookies (OIDC transaction, BFF refresh) are `__Host-`, Secure, HttpOnly, SameSite=Strict/Lax, Path=/ and their routes demand custom header + Origin/Sec-Fetch-Site check; GET never changes state.",
    why: "What the browser sends by itself, any page can make it send.",
    owasp: &["API8:2023"],
    asvs: &["3.5.1", "3.5.2", "3.5.3", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "10.1.1"],
    cwe: &[352, 614, 1004, 1275],
    references: &["RFC 6265bis (own knowledge)", "NIST SP 800-63B-4 §5.1.1", "CSRF Prevention CS"],
};

pub(super) const HEADERS_SET: Facts = Facts {
    id: "headers-set",
    family: Family::Browser,
    statement: "Every response has the API header set; no Server, X-Powered-By or version text.",
    why: "The headers are what remains when an answer ends up in a browser after all; a version in a banner is a shopping list.",
    owasp: &["API8:2023"],
    asvs: &["3.4.3", "3.4.4", "3.4.5", "3.4.6", "3.4.8", "3.5.8", "13.4.6", "4.1.1"],
    cwe: &[693, 1021, 497],
    references: &["REST CS \"Security Headers\"", "HTTP Headers CS"],
};

pub(super) const HOST_ALLOWLIST: Facts = Facts {
    id: "host-allowlist",
    family: Family::Browser,
    statement: "Only configured authorities are served; links, redirects, mails and tokens use the configured base URL; unknown Host -> 421, SNI≠Host refused.",
    why: "A link built from `Host` leads where the attacker says, with the victim's reset token in it.",
    owasp: &["API8:2023"],
    asvs: &["4.1.3"],
    cwe: &[346, 20],
    references: &["RFC 9110 §7.2, §7.4, §15.5.20 (421)", "Forgot Password CS"],
};
