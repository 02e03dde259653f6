//! What is served, and where.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static INVENTORY_OPENAPI_PARITY: Protection = Protection {
    id: "inventory-openapi-parity",
    family: Family::Inventory,
    clauses: &[
        clause("What is served is what the document says: no other path or method", &["shadow", "zombie"]),
        clause("no other parameter", &["params"]),
    ],
    why: "The route that nobody documented is the route that nobody protects.",
    owasp: &["API9:2023"],
    asvs: &["13.4.5", "15.2.3", "8.1.1"],
    cwe: &[1059, 912],
    references: &["OWASP API9 \"documentation blindspot\""],
};

pub static VERSION_ISOLATION: Protection = Protection {
    id: "version-isolation",
    family: Family::Inventory,
    clauses: &[
        clause("Only named versions are served", &["none"]),
        clause("each with the same protections", &["parity"]),
        clause("cursors, keys and tags are one version's", &["cross"]),
        clause("a breaking change is found by the contract", &["break"]),
    ],
    why: "The old version that everybody forgot is the one without the limits that the new one got.",
    owasp: &["API9:2023"],
    asvs: &["6.3.4", "15.2.3"],
    cwe: &[288, 1059],
    references: &["OWASP API9"],
};

pub static DEPRECATION_LIFECYCLE: Protection = Protection {
    id: "deprecation-lifecycle",
    family: Family::Inventory,
    clauses: &[
        clause(
            "Deprecated operations announce `Deprecation`, `Sunset` and their successor, at least 180 days ahead",
            &["headers"],
        ),
        clause("none of them does so in silence, in the document or in the answers", &["silent"]),
        clause("who still calls them is counted and told", &["still-protected"]),
        clause("after the sunset they answer 410 to all", &["after-sunset"]),
        clause("until then every other protection stands", &["still-protected"]),
    ],
    why: "What nobody may end is kept for ever, and what ends without a word breaks those who rely on it.",
    owasp: &["API9:2023"],
    asvs: &[],
    cwe: &[477, 1059],
    references: &[
        "RFC 9745 §2, §3, §4",
        "RFC 8594 §3",
        "RFC 9110 §15.5.11",
        "OWASP API9 \"retirement plan\"",
    ],
};

pub static INVENTORY_MGMT_ISOLATED: Protection = Protection {
    id: "inventory-mgmt-isolated",
    family: Family::Inventory,
    clauses: &[
        clause(
            "Health and metrics are on a listener of their own, which the public one does not serve",
            &["public"],
        ),
        clause("that listener is bound to loopback and speaks TLS only", &["listener"]),
        clause("there is no TRACE", &["public"]),
        clause("no field, cookie or parameter switches debugging on", &["debug-flag"]),
    ],
    why: "Metrics and health tell an attacker what runs, how it is doing, and when to strike.",
    owasp: &["API8:2023", "API9:2023"],
    asvs: &["13.4.1", "13.4.2", "13.4.3", "13.4.4", "13.4.5", "15.2.3", "8.4.2"],
    cwe: &[489, 749, 548],
    references: &["REST CS \"Management endpoints\""],
};
