//! What the service calls by itself.

use super::{Facts, Family};

pub(super) const SSRF_ADDRESS: Facts = Facts {
    id: "ssrf-address",
    family: Family::Egress,
    statement: "User-given URLs (webhook targets) are connected only if every resolved address is globally routable unicast, checked on the address actually dialled; one own denylist table for IPv4+IPv6 incl. mapped, 6to4, NAT64, CGNAT, benchmark, metadata.",
    why: "Whoever names a URL would else have the service knock on doors of its own house: metadata, database, cache.",
    owasp: &["API7:2023"],
    asvs: &["1.3.6", "13.1.1"],
    cwe: &[918],
    references: &[
        "SSRF Prevention CS case 2",
        "RFC 6890 and IANA's special-purpose address registries",
        "Standard Webhooks \"SSRF\"",
    ],
};

pub(super) const SSRF_DNS_REBINDING: Facts = Facts {
    id: "ssrf-dns-rebinding",
    family: Family::Egress,
    statement: "Name is resolved once per attempt by an own resolver, filtered, and the connection is pinned to that address (SNI/Host = name); re-checked on every retry and delivery.",
    why: "A name that was checked and is looked up again leads wherever its owner wants by then.",
    owasp: &["API7:2023"],
    asvs: &["1.3.6", "15.4.2"],
    cwe: &[918, 367, 350],
    references: &["SSRF Prevention CS (\"DNS pinning\")"],
};

pub(super) const SSRF_REDIRECT_SCHEME: Facts = Facts {
    id: "ssrf-redirect-scheme",
    family: Family::Egress,
    statement: "Outbound client follows no redirects, https only, ports 443 and what the operator adds, no userinfo, no proxies from env, ≤2 KiB URL.",
    why: "A URL that is outside may answer with one that is not.",
    owasp: &["API7:2023", "API10:2023"],
    asvs: &["15.3.2", "1.3.6", "1.2.2"],
    cwe: &[918, 601],
    references: &["Standard Webhooks (3xx = failure)", "SSRF Prevention CS"],
};

pub(super) const EGRESS_ALLOWLIST: Facts = Facts {
    id: "egress-allowlist",
    family: Family::Egress,
    statement: "The code's part: the destinations of the process are those of `docs/egress.txt`; what tenants name is reached through the operator's forward proxy, or not at all. Network policy must do the rest: it alone stops a process that was taken over.",
    why: "What can call anywhere can carry anything out.",
    owasp: &["API7:2023", "API10:2023", "API9:2023"],
    asvs: &["13.2.4", "13.2.5", "13.1.1", "14.2.3"],
    cwe: &[918, 923],
    references: &["Network Segmentation CS", "Standard Webhooks (forward proxy)"],
};

pub(super) const WEBHOOK_SIGNATURE: Facts = Facts {
    id: "webhook-signature",
    family: Family::Egress,
    statement: "Outgoing webhooks follow Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature` v1 HMAC-SHA-256, per-endpoint secret, rotation with two signatures); endpoints are activated only after a challenge. No provider calls this service back, so there is no incoming signature to verify.",
    why: "Whoever is told must be able to know by whom, and whoever never asked must not be told.",
    owasp: &["API10:2023", "API7:2023"],
    asvs: &["4.1.5", "11.2.4", "11.4.1", "13.3.4"],
    cwe: &[345, 347, 294, 208],
    references: &["Standard Webhooks \"Signature scheme\", \"Verifying signatures\", \"Webhook headers\""],
};
