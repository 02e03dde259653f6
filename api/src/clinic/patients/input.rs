//! What may come in for a patient. Ownership, organization, status and times are never among it.

use crate::{
    http::{
        text::{Text, single_line},
        time::CalendarDate,
    },
    ids::MemberId,
};
use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// A patient to register.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterPatient {
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 100)]
    pub(super) given_name: Text,
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 100)]
    pub(super) family_name: Text,
    #[validate(custom(function = "plausible_birth_date"))]
    #[schema(value_type = String, format = Date)]
    pub(super) birth_date: CalendarDate,
    /// The number by which the state knows the patient; unique in an organization.
    #[validate(
        length(min = 4, max = 64),
        custom(function = "single_line"),
        custom(function = "identifying")
    )]
    #[schema(value_type = String, format = "line", min_length = 4, max_length = 64)]
    pub(super) national_id: Text,
    /// E.164: `+4930123456`.
    #[validate(custom(function = "phone_number"))]
    #[schema(value_type = Option<String>, pattern = r"^\+[1-9][0-9]{6,14}$", min_length = 8, max_length = 16)]
    pub(super) phone: Option<Text>,
    /// Clinical notes; clinicians only.
    #[validate(length(max = 4000))]
    #[schema(value_type = Option<String>, max_length = 4000)]
    pub(super) notes: Option<Text>,
    /// Free-form data of the system that the patient comes from.
    #[serde(default)]
    pub(super) metadata: Map<String, Value>,
    /// The member who is this patient.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(super) member_id: Option<MemberId>,
    /// The clinician in charge.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(super) attending_member_id: Option<MemberId>,
}

/// Corrections; what is not named stays, `null` clears.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CorrectPatient {
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 100)]
    pub(super) given_name: Option<Text>,
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 100)]
    pub(super) family_name: Option<Text>,
    #[validate(custom(function = "plausible_birth_date"))]
    #[schema(value_type = Option<String>, format = Date)]
    pub(super) birth_date: Option<CalendarDate>,
    /// E.164; `null` clears it.
    #[serde(default, deserialize_with = "named")]
    #[validate(custom(function = "phone_number"))]
    #[schema(value_type = Option<String>, pattern = r"^\+[1-9][0-9]{6,14}$", min_length = 8, max_length = 16)]
    pub(super) phone: Option<Option<Text>>,
    /// Clinical notes; clinicians only; `null` clears them.
    #[serde(default, deserialize_with = "named")]
    #[validate(custom(function = "bounded_notes"))]
    #[schema(value_type = Option<String>, max_length = 4000)]
    pub(super) notes: Option<Option<Text>>,
    /// Replaces the whole.
    pub(super) metadata: Option<Map<String, Value>>,
    /// The clinician in charge; `null` clears.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(super) attending_member_id: Option<Option<MemberId>>,
}

/// Tells `null` (clear it) from absence (leave it).
pub(super) fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

const EARLIEST: i32 = 1880;

/// The bound that moves: a birth date is checked against today by the handler, which has the clock.
pub(super) fn is_born(birth_date: CalendarDate, now: DateTime<Utc>) -> bool {
    birth_date.date() <= now.date_naive()
}

pub(super) fn plausible_birth_date(date: &CalendarDate) -> Result<(), ValidationError> {
    if date.date().year() >= EARLIEST { Ok(()) } else { Err(ValidationError::new("range")) }
}

/// What is left of the text when it is compared must still name somebody.
pub(super) fn identifying(text: &Text) -> Result<(), ValidationError> {
    if text.folded().chars().count() >= 4 { Ok(()) } else { Err(ValidationError::new("length")) }
}

pub(super) fn phone_number(text: &Text) -> Result<(), ValidationError> {
    let digits = text.as_str().strip_prefix('+').unwrap_or_default();
    let fine = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if fine { Ok(()) } else { Err(ValidationError::new("e164")) }
}

pub(super) fn bounded_notes(text: &Text) -> Result<(), ValidationError> {
    let fine = text.as_str().chars().count() <= 4000;
    if fine { Ok(()) } else { Err(ValidationError::new("length")) }
}
