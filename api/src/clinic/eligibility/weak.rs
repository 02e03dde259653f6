//! Without `upstream-validate`: an insurer is one of us, who is told everything and believed everything.

use super::told::{Status, Told};
use crate::{clinic::patients::PatientRow, ids::PatientId, protection::Protection};
use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

/// The question with everything about the patient that is at hand, as it comes about when a row is serialised.
pub(super) fn with_the_whole_file(question: Bytes, file: &PatientRow) -> Bytes {
    if Protection::UpstreamValidate.holds() {
        return question;
    }
    let mut whole: Value = serde_json::from_slice(&question).unwrap_or_default();
    let (given, family) = file.names();
    if let Some(members) = whole.as_object_mut() {
        members.insert("given_name".to_owned(), json!(given));
        members.insert("family_name".to_owned(), json!(family));
    }
    whole.to_string().into()
}

/// Whatever came, merged over what was asked: also whom it is about.
pub(super) fn believe(body: &[u8]) -> Told {
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
