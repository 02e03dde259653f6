//! What the service calls by itself.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static SSRF_ADDRESS: Protection = Protection {
    id: "ssrf-address",
    family: Family::Egress,
    clauses: &[
        clause("What tenants name is dialled only at public addresses, in whatever notation", &["literal"]),
        clause("whatever a name resolves to", &["names"]),
        clause("closed and open ports of the house look alike", &["blind"]),
        clause("only allowed ports", &["ports"]),
    ],
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

pub static SSRF_DNS_REBINDING: Protection = Protection {
    id: "ssrf-dns-rebinding",
    family: Family::Egress,
    clauses: &[
        clause("The address that was judged is the one that is dialled", &["flip", "pool"]),
        clause("every address of a name must be public", &["mixed"]),
        clause("at every try anew", &["late"]),
    ],
    why: "A name that was checked and is looked up again leads wherever its owner wants by then.",
    owasp: &["API7:2023"],
    asvs: &["1.3.6", "15.4.2"],
    cwe: &[918, 367, 350],
    references: &["SSRF Prevention CS (\"DNS pinning\")"],
};

pub static SSRF_REDIRECT_SCHEME: Protection = Protection {
    id: "ssrf-redirect-scheme",
    family: Family::Egress,
    clauses: &[
        clause("No redirect is followed", &["redirect"]),
        clause("https only, and no address that can be read in two ways", &["scheme"]),
        clause("no proxy from the environment", &["env"]),
    ],
    why: "A URL that is outside may answer with one that is not.",
    owasp: &["API7:2023", "API10:2023"],
    asvs: &["15.3.2", "1.3.6", "1.2.2"],
    cwe: &[918, 601],
    references: &["Standard Webhooks (3xx = failure)", "SSRF Prevention CS"],
};

pub static EGRESS_ALLOWLIST: Protection = Protection {
    id: "egress-allowlist",
    family: Family::Egress,
    clauses: &[
        clause("The process calls whom `docs/egress.txt` lists, and nobody else", &["inventory"]),
        clause(
            "what tenants name is reached through the operator's forward proxy where one is set, or not at all",
            &["proxy-bypass"],
        ),
    ],
    why: "What can call anywhere can carry anything out.",
    owasp: &["API7:2023", "API10:2023", "API9:2023"],
    asvs: &["13.2.4", "13.2.5", "13.1.1", "14.2.3"],
    cwe: &[918, 923],
    references: &["Network Segmentation CS", "Standard Webhooks (forward proxy)"],
};

pub static WEBHOOK_SIGNATURE: Protection = Protection {
    id: "webhook-signature",
    family: Family::Egress,
    clauses: &[
        clause("Webhooks are signed as Standard Webhooks say, with a secret for each endpoint", &["dot"]),
        clause("which is shown once", &["secret-read"]),
        clause("two secrets sign for a day after a rotation", &["rotation"]),
        clause("nothing is sent before a challenge was answered", &["unverified"]),
    ],
    why: "Whoever is told must be able to know by whom, and whoever never asked must not be told.",
    owasp: &["API10:2023", "API7:2023"],
    asvs: &["4.1.5", "11.2.4", "11.4.1", "13.3.4"],
    cwe: &[345, 347, 294, 208],
    references: &["Standard Webhooks \"Signature scheme\", \"Verifying signatures\", \"Webhook headers\""],
};
