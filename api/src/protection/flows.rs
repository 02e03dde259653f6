//! Business flows: what is done once, in order, and by nobody twice.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static FLOW_IDEMPOTENCY: Protection = Protection {
    id: "flow-idempotency",
    family: Family::Flows,
    clauses: &[
        clause("Creating needs an `Idempotency-Key`, a UUID", &["none"]),
        clause("the same key with another body is refused", &["other-body"]),
        clause("keys belong to their caller, with the rights of now", &["other-user"]),
        clause("of many at once one is done", &["race"]),
        clause("what was refused is not remembered", &["after-deny"]),
    ],
    why: "A client that lost an answer must ask again, and a second time must not be a second patient, key or charge.",
    owasp: &["API6:2023"],
    asvs: &["2.3.2", "2.3.3"],
    cwe: &[837, 362],
    references: &[
        "draft-ietf-httpapi-idempotency-key-header-07: 400 missing, 422 reused with another payload, 409 in progress",
    ],
};

pub static FLOW_CONCURRENCY: Protection = Protection {
    id: "flow-concurrency",
    family: Family::Flows,
    clauses: &[
        clause("A slot is sold once", &["race"]),
        clause("a clinician's time is offered once", &["overlap"]),
        clause("a hold that is cut off half way leaves nothing", &["partial"]),
        clause("edits name the version that they change, and none is lost", &["lost", "administrators"]),
        clause("a deletion that names a version deletes no other", &["deleted"]),
    ],
    why: "Two people who edit at once overwrite each other without anybody noticing, and one slot is sold twice.",
    owasp: &["API6:2023"],
    asvs: &["2.3.3", "2.3.4", "15.4.2"],
    cwe: &[362, 367],
    references: &["RFC 9110 §13.1.1, §15.5.13", "RFC 6585 §3", "Business Logic CS \"Race Conditions\""],
};

pub static FLOW_HOLD_CAP: Protection = Protection {
    id: "flow-hold-cap",
    family: Family::Flows,
    clauses: &[
        clause("At most 3 open holds per patient", &["hoard"]),
        clause(
            "a day of one clinician is shared: at most 2 slots a patient, and a fair part for a program",
            &["day"],
        ),
        clause("at least 2 s between hold and confirmation", &["fast"]),
        clause("at most 5 bookings a day", &["bookings"]),
        clause("after 2 late cancellations in 30 days staff must look", &["cancel"]),
        clause(
            "at most 3 unconfirmed holds of one slot and 10 of a patient a day; who waits is not told of what was only held",
            &["churn"],
        ),
    ],
    why: "A script that holds every slot and books none closes a clinic without breaking in.",
    owasp: &["API6:2023"],
    asvs: &["2.1.3", "2.3.2", "2.4.1", "2.4.2"],
    cwe: &[799, 837],
    references: &["OAT-021 Denial of Inventory", "Bot CS", "Business Logic CS"],
};

pub static FLOW_STATE_MACHINE: Protection = Protection {
    id: "flow-state-machine",
    family: Family::Flows,
    clauses: &[
        clause("An appointment's steps run from the right state only", &["skip"]),
        clause("each once", &["replay"]),
        clause("by the right person only", &["actor"]),
        clause("nobody goes on as a patient before their address is shown to be theirs", &["verify-skip"]),
    ],
    why: "Who can take the last step first skips the one in between, where it was checked or paid.",
    owasp: &["API6:2023"],
    asvs: &["2.3.1", "2.3.2"],
    cwe: &[841],
    references: &["REST CS \"Out-of-Order API Execution\"", "Business Logic CS \"state machines\""],
};

pub static FLOW_DUAL_CONTROL: Protection = Protection {
    id: "flow-dual-control",
    family: Family::Flows,
    clauses: &[
        clause(
            "A full export of a patient's data needs a second, different person, an administrator",
            &["self"],
        ),
        clause("what is approved is what was seen, once, within 24 hours", &["alter", "late", "race"]),
        clause("nothing is fetched before, after its end, or by others", &["skip"]),
    ],
    why: "One stolen, bribed or careless account must not be enough to carry a patient's whole history out of the house.",
    owasp: &["API5:2023", "API6:2023"],
    asvs: &["2.3.5", "7.5.3"],
    cwe: &[654, 269],
    references: &["Transaction Authorization CS", "GDPR art. 15, art. 20"],
};
