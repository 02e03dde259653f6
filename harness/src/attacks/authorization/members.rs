//! Which members an answer may have: written down here by hand, so that the service can't vouch for itself.

use crate::attacks::prelude::*;
use std::collections::BTreeSet;

pub(super) const PATIENT_FOR_CLINICIAN: &[&str] = &[
    "id",
    "given_name",
    "family_name",
    "birth_date",
    "national_id",
    "phone",
    "notes",
    "metadata",
    "attending_member_id",
    "status",
    "version",
    "created_at",
    "discharged_at",
];
pub(super) const PATIENT_FOR_RECEPTION: &[&str] = &[
    "id",
    "given_name",
    "family_name",
    "birth_date",
    "national_id",
    "phone",
    "metadata",
    "attending_member_id",
    "status",
    "created_at",
    "discharged_at",
];
pub(super) const PATIENT_FOR_SELF: &[&str] =
    &["id", "given_name", "family_name", "birth_date", "national_id", "phone", "status"];
pub(super) const PATIENT_FOR_SERVICE: &[&str] =
    &["id", "given_name", "family_name", "birth_date", "metadata", "status"];
pub(super) const PATIENT_SUMMARY: &[&str] =
    &["id", "given_name", "family_name", "birth_date", "status", "created_at"];
pub(super) const RECORD_FOR_CLINICIAN: &[&str] = &[
    "id",
    "patient_id",
    "kind",
    "body",
    "version",
    "author_member_id",
    "signed_by",
    "signed_at",
    "reason",
    "created_at",
];
pub(super) const RECORD_FOR_SELF: &[&str] = &["id", "kind", "body", "version", "signed_at", "created_at"];
pub(super) const RECORD_SUMMARY: &[&str] = &["id", "kind", "version", "created_at", "amended_at"];
pub(super) const ME: &[&str] = &["id", "organization_id", "display_name", "role"];
pub(super) const ORGANIZATION: &[&str] = &["id", "name"];
pub(super) const MEMBER_FOR_ADMIN: &[&str] =
    &["id", "display_name", "role", "status", "issuer", "subject", "created_at"];
pub(super) const MEMBER_FOR_COLLEAGUE: &[&str] = &["id", "display_name", "role"];
/// What webhooks are told.
pub(super) const MESSAGE: &[&str] = &["type", "timestamp", "data"];
/// Members of an event of the audit log.
pub(in crate::attacks) const AUDIT_EVENT: &[&str] = &[
    "id",
    "occurred_at",
    "event",
    "outcome",
    "reason",
    "operation",
    "actor_member_id",
    "object_type",
    "object_ids",
    "source_address",
    "request_id",
];
pub(super) const PROBLEM: &[&str] = &["type", "title", "status", "instance", "errors"];

/// The objects of an answer: the items of a page, or the one thing it shows.
fn objects(answer: &Answer) -> Vec<Value> {
    match answer.json() {
        Value::Object(mut page) => match page.remove("items") {
            Some(Value::Array(items)) => items,
            _ => vec![Value::Object(page)],
        },
        other => vec![other],
    }
}

fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().into_iter().flat_map(|members| members.keys()).map(String::as_str).collect()
}

/// No object of the answer has a member beside these.
pub(super) fn nothing_beside(answer: &Answer, allowed: &[&str]) -> Finding {
    for object in objects(answer) {
        if let Some(extra) = names(&object).into_iter().find(|name| !allowed.contains(name)) {
            return Finding::Breach(format!("{} shows {extra:?}", answer.summary()));
        }
    }
    Finding::Fine
}

/// A success whose every object has exactly these members.
pub(super) fn exactly(answer: &Answer, allowed: &[&str]) -> Finding {
    let objects = objects(answer);
    if !answer.succeeded() || objects.is_empty() {
        return Finding::Unclear(format!("{} shows nothing to judge", answer.summary()));
    }
    let wanted: BTreeSet<&str> = allowed.iter().copied().collect();
    let missing = objects.iter().any(|object| !names(object).is_superset(&wanted));
    let missing =
        if missing { Finding::Unclear("a documented member is missing".into()) } else { Finding::Fine };
    nothing_beside(answer, allowed).and(missing)
}
