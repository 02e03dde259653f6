//! Browsers: CORS, CSRF, headers, hosts.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static CORS_ALLOWLIST: Protection = Protection {
    id: "cors-allowlist",
    family: Family::Browser,
    clauses: &[
        clause(
            "`Access-Control-Allow-Origin` is an exactly configured origin or absent, never a pattern, `*`, `null` or a reflection",
            &["origins", "config"],
        ),
        clause("credentials are allowed to nobody", &["origins", "browser"]),
        clause("`Vary: Origin` keeps caches apart", &["cache"]),
    ],
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

pub static CORS_PREFLIGHT: Protection = Protection {
    id: "cors-preflight",
    family: Family::Browser,
    clauses: &[
        clause("A preflight allows just the methods that a resource has", &["method"]),
        clause(
            "it allows just the fields that operations take, and echoes nothing",
            &["header", "operations"],
        ),
        clause("other origins are refused", &["bad-origin"]),
        clause("no page is let into a private network", &["pna"]),
        clause("what needs no preflight changes nothing", &["simple"]),
    ],
    why: "The preflight is the browser asking for permission; an answer of yes to everything is none.",
    owasp: &["API8:2023"],
    asvs: &["3.5.2", "4.1.4"],
    cwe: &[942, 352],
    references: &["WHATWG Fetch"],
};

pub static CSRF_NO_AMBIENT: Protection = Protection {
    id: "csrf-no-ambient",
    family: Family::Browser,
    clauses: &[
        clause("Nothing authenticates by a cookie on /v1", &["form", "subdomain"]),
        clause("GET and HEAD never change state", &["get-state"]),
        clause("the API's answers set no cookie", &["attrs"]),
        clause(
            "forms of the provider's pages demand this site's origin and this browser's token",
            &["login", "logout"],
        ),
        clause("its cookies are `__Host-`, Secure, HttpOnly, SameSite and for the whole path", &["cookies"]),
    ],
    why: "What the browser sends by itself, any page can make it send.",
    owasp: &["API8:2023"],
    asvs: &["3.5.1", "3.5.2", "3.5.3", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "10.1.1"],
    cwe: &[352, 614, 1004, 1275],
    references: &["RFC 6265bis (own knowledge)", "NIST SP 800-63B-4 §5.1.1", "CSRF Prevention CS"],
};

pub static HEADERS_SET: Protection = Protection {
    id: "headers-set",
    family: Family::Browser,
    clauses: &[
        clause(
            "Every answer has the API's header fields, exactly once and with the exact values",
            &["each-status", "dup"],
        ),
        clause("none names software or a version", &["banner"]),
    ],
    why: "The headers are what remains when an answer ends up in a browser after all; a version in a banner is a shopping list.",
    owasp: &["API8:2023"],
    asvs: &["3.4.3", "3.4.4", "3.4.5", "3.4.6", "3.4.8", "3.5.8", "13.4.6", "4.1.1"],
    cwe: &[693, 1021, 497],
    references: &["REST CS \"Security Headers\"", "HTTP Headers CS"],
};

pub static HOST_ALLOWLIST: Protection = Protection {
    id: "host-allowlist",
    family: Family::Browser,
    clauses: &[
        clause("Only configured authorities are served, unknown ones get 421", &["host", "beta"]),
        clause("the name of the TLS session and of the request agree", &["host"]),
        clause("forwarded names change nothing", &["forwarded"]),
        clause("links use the configured base URL", &["links"]),
    ],
    why: "A link built from `Host` leads where the attacker says, with the victim's reset token in it.",
    owasp: &["API8:2023"],
    asvs: &["4.1.3"],
    cwe: &[346, 20],
    references: &["RFC 9110 §7.2, §7.4, §15.5.20 (421)", "Forgot Password CS"],
};
