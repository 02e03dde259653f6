//! Without `upstream-validate`: an insurer is one of us, who is told everything.

use crate::{clinic::patients::PatientRow, protection::UPSTREAM_VALIDATE};
use bytes::Bytes;
use serde_json::{Value, json};

/// The question with everything about the patient that is at hand, as it comes about when a row is serialised.
pub(super) fn with_the_whole_file(question: Bytes, file: &PatientRow) -> Bytes {
    if UPSTREAM_VALIDATE.holds() {
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
