//! The versions of the interface. Each only says in its own words what the one domain does: what may be seen, asked and
//! changed is decided once, and a version has no way to decide it anew.

use super::{
    input::{CorrectPatient, RegisterPatient},
    list::PatientQuery,
    views::{PatientSummary, PatientView},
};
use crate::http::input::QueryParameters;
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;
use validator::Validate;

/// A version: its words for what comes in and what goes out.
pub(super) trait Version: 'static {
    /// Where its patients are.
    const PATIENTS: &'static str;
    /// What its cursors are bound to.
    const LIST: &'static str;
    /// The members of a patient in a list, for `fields` to choose from.
    const SUMMARY: &'static [&'static str];
    /// A patient to register.
    type Register: Into<RegisterPatient> + DeserializeOwned + Validate + ToSchema;
    /// Corrections.
    type Correct: Into<CorrectPatient> + DeserializeOwned + Validate + ToSchema;
    /// Which patients to list.
    type Query: Into<PatientQuery> + QueryParameters;
    /// A patient, as much of them as the audience may see.
    type View: From<PatientView> + Serialize + ToSchema;
    /// A patient in a list.
    type Summary: From<PatientSummary> + Serialize + ToSchema;
}

/// `/v1`.
pub(super) enum V1 {}

impl Version for V1 {
    const PATIENTS: &'static str = "/v1/patients";
    const LIST: &'static str = "listPatients";
    const SUMMARY: &'static [&'static str] =
        &["id", "given_name", "family_name", "birth_date", "status", "created_at"];
    type Register = RegisterPatient;
    type Correct = CorrectPatient;
    type Query = PatientQuery;
    type View = PatientView;
    type Summary = PatientSummary;
}
