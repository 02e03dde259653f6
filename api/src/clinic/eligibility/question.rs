//! What is asked. An insurer needs three things of a patient to know whom we mean, and gets no fourth.

use crate::{
    http::{problem::Problem, text::Text},
    ids::{OrganizationId, PatientId},
    sealing::Keyring,
};
use bytes::Bytes;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// What an insurer is asked with.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckEligibility {
    /// The insurer's short name: lower-case letters, digits and hyphens, 2 to 32.
    #[validate(custom(function = "payer"))]
    #[schema(value_type = String, pattern = "^[a-z0-9-]{2,32}$", min_length = 2, max_length = 32)]
    payer: Text,
    /// The number on the patient's card: capital letters and digits, 6 to 20.
    #[validate(custom(function = "member_number"))]
    #[schema(value_type = String, pattern = "^[A-Z0-9]{6,20}$", min_length = 6, max_length = 20)]
    member_no: Text,
}

fn payer(text: &Text) -> Result<(), ValidationError> {
    let text = text.as_str();
    let fine = (2..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fine { Ok(()) } else { Err(ValidationError::new("pattern")) }
}

fn member_number(text: &Text) -> Result<(), ValidationError> {
    let text = text.as_str();
    let fine = (6..=20).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if fine { Ok(()) } else { Err(ValidationError::new("pattern")) }
}

/// Exactly what goes out.
#[derive(Debug, Serialize)]
pub(crate) struct Question {
    pub(super) member_no: String,
    pub(super) dob: NaiveDate,
    pub(super) payer: String,
}

impl Question {
    pub(super) fn of(body: &CheckEligibility, birth_date: NaiveDate) -> Self {
        Self {
            member_no: body.member_no.as_str().to_owned(),
            dob: birth_date,
            payer: body.payer.as_str().to_owned(),
        }
    }

    /// What goes over the wire.
    pub(crate) fn to_bytes(&self) -> Result<Bytes, Problem> {
        let bytes = serde_json::to_vec(self).map_err(|error| Problem::internal(&error))?;
        Ok(bytes.into())
    }

    /// By which the same question about the same patient is found again, and by nobody without the key.
    pub(super) fn index(
        &self,
        keyring: &Keyring,
        organization: OrganizationId,
        patient: PatientId,
    ) -> Result<Vec<u8>, Problem> {
        let text = format!("{patient} {} {} {}", self.payer, self.member_no, self.dob);
        Ok(keyring.blind_index(organization, "eligibility_checks.question", &text)?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::{CheckEligibility, Question};
    use chrono::NaiveDate;
    use validator::Validate;

    fn body(payer: &str, member_no: &str) -> CheckEligibility {
        serde_json::from_value(serde_json::json!({ "payer": payer, "member_no": member_no })).unwrap()
    }

    #[test]
    fn three_things_go_out() {
        let born = NaiveDate::from_ymd_opt(1984, 3, 27).unwrap();
        let bytes = Question::of(&body("aok-be", "M123456"), born).to_bytes().unwrap();
        assert_eq!(bytes, r#"{"member_no":"M123456","dob":"1984-03-27","payer":"aok-be"}"#);
    }

    #[test]
    fn numbers_and_names_are_plain() {
        body("aok-be", "M123456").validate().unwrap();
        for (payer, number) in [
            ("a", "M123456"),
            ("AOK", "M123456"),
            ("aok/../x", "M123456"),
            ("aok", "M1234"),
            ("aok", "m123456"),
            ("aok", "M12345\r\n"),
            ("aok", "M123456789012345678901"),
        ] {
            assert!(body(payer, number).validate().is_err(), "{payer} {number}");
        }
    }
}
