//! What is served, and where.

use super::{Facts, Family};

pub(super) const INVENTORY_OPENAPI_PARITY: Facts = Facts {
    id: "inventory-openapi-parity",
    family: Family::Inventory,
    statement: "Served routes = OpenAPI operations = policy table = inventory file, checked at start and in CI; docs are generated; undocumented hosts, versions, parameters and methods do not exist.",
    why: "The route that nobody documented is the route that nobody protects.",
    owasp: &["API9:2023"],
    asvs: &["13.4.5", "15.2.3", "8.1.1"],
    cwe: &[1059, 912],
    references: &["OWASP API9 \"documentation blindspot\""],
};

pub(super) const VERSION_ISOLATION: Facts = Facts {
    id: "version-isolation",
    family: Family::Inventory,
    statement: "Versions are explicit path prefixes; unversioned, unknown or header-smuggled versions are 404; every still-served version has the same auth, limits, validation, audit; breaking changes fail CI.",
    why: "The old version that everybody forgot is the one without the limits that the new one got.",
    owasp: &["API9:2023"],
    asvs: &["6.3.4", "15.2.3"],
    cwe: &[288, 1059],
    references: &["OWASP API9"],
};

pub(super) const DEPRECATION_LIFECYCLE: Facts = Facts {
    id: "deprecation-lifecycle",
    family: Family::Inventory,
    statement: "Deprecated operations announce `Deprecation: @<unix>`, `Sunset: <HTTP-date>`, `Link rel=\"deprecation\"/\"successor-version\"` ≥180 days ahead, notify registered clients, are metered per client, and answer 410 from the sunset second on; security fixes are still applied until then.",
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

pub(super) const INVENTORY_MGMT_ISOLATED: Facts = Facts {
    id: "inventory-mgmt-isolated",
    family: Family::Inventory,
    statement: "Health, metrics, profiling, migrations, admin UI and docs live on a separate mTLS/loopback listener; production has no debug, TRACE, directory listing, source metadata, test accounts or sample code.",
    why: "Metrics and health tell an attacker what runs, how it is doing, and when to strike.",
    owasp: &["API8:2023", "API9:2023"],
    asvs: &["13.4.1", "13.4.2", "13.4.3", "13.4.4", "13.4.5", "15.2.3", "8.4.2"],
    cwe: &[489, 749, 548],
    references: &["REST CS \"Management endpoints\""],
};
