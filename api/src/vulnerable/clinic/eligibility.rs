//! Weak: what insurers answer.

use crate::{
    clinic::{
        eligibility::{
            question::Question,
            told::{Status, Told},
        },
        patients::rows::PatientRow,
    },
    egress::upstream::Unfit,
    http::problem::Problem,
    ids::PatientId,
};
use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

/// Whatever came, merged over what was asked: also whom it is about.
pub(crate) fn believe(_: &Question, patient: PatientId, body: &[u8]) -> Result<(PatientId, Told), Unfit> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_else(
        |_| json!({ "plan": String::from_utf8_lossy(body).chars().take(200).collect::<String>() }),
    );
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let told = Told {
        status: match text("status") {
            Some("active") => Status::Active,
            Some("inactive") => Status::Inactive,
            _ => Status::Unknown,
        },
        plan: text("plan").map(str::to_owned),
        valid_from: text("valid_from").and_then(|day| day.parse().ok()),
        valid_until: text("valid_until").and_then(|day| day.parse().ok()),
        copay_cents: answer.get("copay_cents").and_then(Value::as_i64).filter(|cents| *cents >= 0),
    };
    let about = text("patient_id").and_then(|id| Uuid::try_parse(id).ok()).map(PatientId::from_uuid);
    Ok((about.unwrap_or(patient), told))
}

/// An insurer is one of us, who is told what is at hand, as it comes about when a row is serialised.
pub(crate) fn with_names(question: &Question, file: &PatientRow) -> Result<Bytes, Problem> {
    let mut whole: Value = serde_json::from_slice(&question.to_bytes()?).unwrap_or_default();
    if let Some(members) = whole.as_object_mut() {
        members.insert("given_name".to_owned(), json!(file.given_name));
        members.insert("family_name".to_owned(), json!(file.family_name));
    }
    Ok(whole.to_string().into())
}
