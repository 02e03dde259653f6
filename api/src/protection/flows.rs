//! Business flows: what is done once, in order, and by nobody twice.

use super::{Facts, Family};

pub(super) const FLOW_IDEMPOTENCY: Facts = Facts {
    id: "flow-idempotency",
    family: Family::Flows,
    statement: "Unsafe POSTs need `Idempotency-Key` (UUID), scoped to principal+route, stored with request digest and response 24 h; same key+body replays the first response, other body fails, concurrent waits or 409.",
    why: "A client that lost an answer must ask again, and a second time must not be a second patient, key or charge.",
    owasp: &["API6:2023"],
    asvs: &["2.3.2", "2.3.3"],
    cwe: &[837, 362],
    references: &[
        "draft-ietf-httpapi-idempotency-key-header-07: 400 missing, 422 reused with another payload, 409 in progress",
    ],
};

pub(super) const FLOW_CONCURRENCY: Facts = Facts {
    id: "flow-concurrency",
    family: Family::Flows,
    statement: "A slot is sold once and no update is lost: unique/exclusion constraint + transaction for booking, `If-Match` required for edits.",
    why: "Two people who edit at once overwrite each other without anybody noticing, and one slot is sold twice.",
    owasp: &["API6:2023"],
    asvs: &["2.3.3", "2.3.4", "15.4.2"],
    cwe: &[362, 367],
    references: &["RFC 9110 §13.1.1, §15.5.13", "RFC 6585 §3", "Business Logic CS \"Race Conditions\""],
};

pub(super) const FLOW_HOLD_CAP: Facts = Facts {
    id: "flow-hold-cap",
    family: Family::Flows,
    statement: "Booking cannot be hoarded: ≤3 open holds per patient, holds expire after 10 min, ≤5 bookings/day, ≤2 late cancels/30 days before manual review, ≥2 s between hold and confirm, per-clinician fairness cap.",
    why: "A script that holds every slot and books none closes a clinic without breaking in.",
    owasp: &["API6:2023"],
    asvs: &["2.1.3", "2.3.2", "2.4.1", "2.4.2"],
    cwe: &[799, 837],
    references: &["OAT-021 Denial of Inventory", "Bot CS", "Business Logic CS"],
};

pub(super) const FLOW_STATE_MACHINE: Facts = Facts {
    id: "flow-state-machine",
    family: Family::Flows,
    statement: "Workflow steps run only from the right state, by the right actor (hold → confirm → check in → complete).",
    why: "Who can take the last step first skips the one in between, where it was checked or paid.",
    owasp: &["API6:2023"],
    asvs: &["2.3.1", "2.3.2"],
    cwe: &[841],
    references: &["REST CS \"Out-of-Order API Execution\"", "Business Logic CS \"state machines\""],
};

pub(super) const FLOW_DUAL_CONTROL: Facts = Facts {
    id: "flow-dual-control",
    family: Family::Flows,
    statement: "A full export of a patient's data needs a second, different person, an administrator, within 24 h, each with step-up; what is approved is what was seen, once.",
    why: "One stolen, bribed or careless account must not be enough to carry a patient's whole history out of the house.",
    owasp: &["API5:2023", "API6:2023"],
    asvs: &["2.3.5", "7.5.3"],
    cwe: &[654, 269],
    references: &["Transaction Authorization CS", "GDPR art. 15, art. 20"],
};
