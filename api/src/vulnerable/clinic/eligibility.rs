//! Weak: what insurers answer.

use crate::{
    clinic::eligibility::told::{Status, Told},
    ids::PatientId,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Whatever came, merged over what was asked: also whom it is about.
pub(crate) fn believe(body: &[u8]) -> Told {
    let answer: Value = serde_json::from_slice(body).unwrap_or_else(
        |_| json!({ "plan": String::from_utf8_lossy(body).chars().take(200).collect::<String>() }),
    );
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    Told {
        status: match text("status") {
            Some("active") => Status::Active,
            Some("inactive") => Status::Inactive,
            _ => Status::Unknown,
        },
        plan: text("plan").map(str::to_owned),
        valid_from: text("valid_from").and_then(|day| day.parse().ok()),
        valid_until: text("valid_until").and_then(|day| day.parse().ok()),
        copay_cents: answer.get("copay_cents").and_then(Value::as_i64).filter(|cents| *cents >= 0),
        patient: text("patient_id").and_then(|id| Uuid::try_parse(id).ok()).map(PatientId::from_uuid),
    }
}
