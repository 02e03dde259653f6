//! What may come in, in the words of `/v2`.

use crate::{
    clinic::patients::{
        input::{
            CorrectPatient, RegisterPatient, bounded_notes, identifying, named, phone_number,
            plausible_birth_date,
        },
        list::{PatientQuery, Sort, parameters},
    },
    http::{
        input::QueryParameters,
        problem::Problem,
        query::Parameters,
        text::{Text, single_line},
        time::CalendarDate,
    },
    ids::MemberId,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};
use validator::Validate;

/// A person's name.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NameInput {
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 100)]
    given: Text,
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 100)]
    family: Text,
}

/// A patient to register.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::clinic::patients) struct RegisterPatientV2 {
    #[validate(nested)]
    name: NameInput,
    #[validate(custom(function = "plausible_birth_date"))]
    #[schema(value_type = String, format = Date)]
    birth_date: CalendarDate,
    /// The number by which the state knows the patient; unique in an organization.
    #[validate(
        length(min = 4, max = 64),
        custom(function = "single_line"),
        custom(function = "identifying")
    )]
    #[schema(value_type = String, format = "line", min_length = 4, max_length = 64)]
    national_id: Text,
    /// E.164: `+4930123456`.
    #[validate(custom(function = "phone_number"))]
    #[schema(value_type = Option<String>, pattern = r"^\+[1-9][0-9]{6,14}$", min_length = 8, max_length = 16)]
    phone: Option<Text>,
    /// Clinical notes; clinicians only.
    #[validate(length(max = 4000))]
    #[schema(value_type = Option<String>, max_length = 4000)]
    notes: Option<Text>,
    /// Free-form data of the system that the patient comes from.
    #[serde(default)]
    metadata: Map<String, Value>,
    /// The member who is this patient.
    #[schema(value_type = Option<uuid::Uuid>)]
    member_id: Option<MemberId>,
    /// The clinician in charge.
    #[schema(value_type = Option<uuid::Uuid>)]
    attending_member_id: Option<MemberId>,
}

impl From<RegisterPatientV2> for RegisterPatient {
    fn from(input: RegisterPatientV2) -> Self {
        Self {
            given_name: input.name.given,
            family_name: input.name.family,
            birth_date: input.birth_date,
            national_id: input.national_id,
            phone: input.phone,
            notes: input.notes,
            metadata: input.metadata,
            member_id: input.member_id,
            attending_member_id: input.attending_member_id,
        }
    }
}

/// Corrections of a name; what is not named stays.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NameChange {
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 100)]
    given: Option<Text>,
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 100)]
    family: Option<Text>,
}

/// Corrections; what is not named stays, `null` clears.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::clinic::patients) struct CorrectPatientV2 {
    #[validate(nested)]
    name: Option<NameChange>,
    #[validate(custom(function = "plausible_birth_date"))]
    #[schema(value_type = Option<String>, format = Date)]
    birth_date: Option<CalendarDate>,
    /// E.164; `null` clears it.
    #[serde(default, deserialize_with = "named")]
    #[validate(custom(function = "phone_number"))]
    #[schema(value_type = Option<String>, pattern = r"^\+[1-9][0-9]{6,14}$", min_length = 8, max_length = 16)]
    phone: Option<Option<Text>>,
    /// Clinical notes; clinicians only; `null` clears them.
    #[serde(default, deserialize_with = "named")]
    #[validate(custom(function = "bounded_notes"))]
    #[schema(value_type = Option<String>, max_length = 4000)]
    notes: Option<Option<Text>>,
    /// Replaces the whole.
    metadata: Option<Map<String, Value>>,
    /// The clinician in charge; `null` clears.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<uuid::Uuid>)]
    attending_member_id: Option<Option<MemberId>>,
}

impl From<CorrectPatientV2> for CorrectPatient {
    fn from(input: CorrectPatientV2) -> Self {
        let (given_name, family_name) = input.name.map_or((None, None), |name| (name.given, name.family));
        Self {
            given_name,
            family_name,
            birth_date: input.birth_date,
            phone: input.phone,
            notes: input.notes,
            metadata: input.metadata,
            attending_member_id: input.attending_member_id,
        }
    }
}

/// Which patients to list, and how.
#[derive(Debug)]
pub(in crate::clinic::patients) struct PatientQueryV2(PatientQuery);

/// The order, for the documentation.
#[derive(IntoParams)]
#[expect(dead_code, reason = "documents the parameter")]
struct Order {
    /// `registered_at`, or `-registered_at` for the newest first.
    #[param(pattern = "^-?registered_at$", max_length = 14)]
    sort: Option<String>,
}

impl IntoParams for PatientQueryV2 {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = parameters(&place);
        parameters.extend(Order::into_params(&place));
        parameters
    }
}

impl QueryParameters for PatientQueryV2 {
    const NAMES: &'static [&'static str] = PatientQuery::NAMES;

    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let sort = |text: &str| match text {
            "registered_at" => Some(Sort::Oldest),
            "-registered_at" => Some(Sort::Newest),
            _ => None,
        };
        PatientQuery::read_sorted(parameters, sort).map(Self)
    }
}

impl From<PatientQueryV2> for PatientQuery {
    fn from(query: PatientQueryV2) -> Self {
        query.0
    }
}
