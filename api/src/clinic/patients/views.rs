//! What goes out of a patient: one view per audience, so that a field can't leak by being forgotten.

use super::{
    rows::{PatientRow, SummaryRow},
    sealed::Seals,
};
use crate::{
    access::Role,
    http::problem::Problem,
    ids::{MemberId, PatientId},
    protection::{DTO_RESPONSE_ALLOWLIST, DTO_ROLE_FIELDS},
    sealing::{Keyring, Sealed},
};
use brigandine_enforce::enforces;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// For clinicians: everything clinical and personal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PatientForClinician {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: PatientId,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) birth_date: NaiveDate,
    pub(super) national_id: String,
    pub(super) phone: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) metadata: serde_json::Value,
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(super) attending_member_id: Option<MemberId>,
    pub(super) status: String,
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) discharged_at: Option<DateTime<Utc>>,
}

/// For reception: who the patient is and how to reach them. No clinical text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PatientForReception {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: PatientId,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) birth_date: NaiveDate,
    pub(super) national_id: String,
    pub(super) phone: Option<String>,
    pub(super) metadata: serde_json::Value,
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(super) attending_member_id: Option<MemberId>,
    pub(super) status: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) discharged_at: Option<DateTime<Utc>>,
}

/// For the patient: what the clinic holds of them, without the staff's own notes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PatientForSelf {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: PatientId,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) birth_date: NaiveDate,
    pub(super) national_id: String,
    pub(super) phone: Option<String>,
    pub(super) status: String,
}

/// For programs: enough to match a record, nothing sealed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PatientForService {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: PatientId,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) birth_date: NaiveDate,
    pub(super) metadata: serde_json::Value,
    pub(super) status: String,
}

/// A patient.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum PatientView {
    /// For clinicians.
    Clinician(Box<PatientForClinician>),
    /// For reception.
    Reception(Box<PatientForReception>),
    /// For the patient.
    Oneself(Box<PatientForSelf>),
    /// For programs.
    Service(Box<PatientForService>),
    /// For nobody: the row as it is, in twins.
    #[cfg(feature = "twin")]
    Row(serde_json::Value),
}

impl PatientView {
    /// What goes out of a patient to this role: what its view names, and no column that the table gained since (OWASP API3).
    ///
    /// # Errors
    /// When a column does not open.
    #[enforces(DTO_RESPONSE_ALLOWLIST, otherwise = crate::vulnerable::clinic::patients::whole_row)]
    pub(super) fn of(row: PatientRow, audience: Role, keyring: &Keyring) -> Result<Self, Problem> {
        Self::for_role(row, audience, keyring)
    }

    /// The view for this role: none has what is another's, neither the notes for reception nor the staff's for the
    /// patient (OWASP API3). Only the columns that the audience sees are opened.
    #[enforces(DTO_ROLE_FIELDS, answers = Self::for_clinician(row, keyring))]
    pub(crate) fn for_role(row: PatientRow, audience: Role, keyring: &Keyring) -> Result<Self, Problem> {
        Ok(match audience {
            Role::Clinician => return Self::for_clinician(row, keyring),
            Role::Reception => Self::Reception(Box::new(PatientForReception {
                id: row.id,
                national_id: national_id(&row, keyring)?,
                phone: phone(&row, keyring)?,
                given_name: row.given_name,
                family_name: row.family_name,
                birth_date: row.birth_date,
                metadata: row.metadata.0,
                attending_member_id: row.attending_member_id,
                status: row.status,
                created_at: row.created_at.time(),
                discharged_at: row.discharged_at.map(|moment| moment.time()),
            })),
            Role::Service => Self::Service(Box::new(PatientForService {
                id: row.id,
                given_name: row.given_name,
                family_name: row.family_name,
                birth_date: row.birth_date,
                metadata: row.metadata.0,
                status: row.status,
            })),
            // Administrators and auditors have no permission that leads here; should one ever, this is the least.
            Role::Patient | Role::Admin | Role::Auditor => Self::Oneself(Box::new(PatientForSelf {
                id: row.id,
                national_id: national_id(&row, keyring)?,
                phone: phone(&row, keyring)?,
                given_name: row.given_name,
                family_name: row.family_name,
                birth_date: row.birth_date,
                status: row.status,
            })),
        })
    }

    fn for_clinician(row: PatientRow, keyring: &Keyring) -> Result<Self, Problem> {
        Ok(Self::Clinician(Box::new(PatientForClinician {
            id: row.id,
            national_id: national_id(&row, keyring)?,
            phone: phone(&row, keyring)?,
            notes: opened(&row, keyring, "notes", row.notes.as_ref())?,
            given_name: row.given_name,
            family_name: row.family_name,
            birth_date: row.birth_date,
            metadata: row.metadata.0,
            attending_member_id: row.attending_member_id,
            status: row.status,
            version: row.version,
            created_at: row.created_at.time(),
            discharged_at: row.discharged_at.map(|moment| moment.time()),
        })))
    }
}

fn national_id(row: &PatientRow, keyring: &Keyring) -> Result<String, Problem> {
    Ok(Seals::of(keyring, row).open("national_id", &row.national_id)?.to_string())
}

fn phone(row: &PatientRow, keyring: &Keyring) -> Result<Option<String>, Problem> {
    opened(row, keyring, "phone", row.phone.as_ref())
}

fn opened(
    row: &PatientRow,
    keyring: &Keyring,
    column: &'static str,
    sealed: Option<&Sealed>,
) -> Result<Option<String>, Problem> {
    Ok(Seals::of(keyring, row).open_some(column, sealed)?.map(|text| text.to_string()))
}

/// A patient in a list: for all audiences the same little.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PatientSummary {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: PatientId,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) birth_date: NaiveDate,
    pub(super) status: String,
    pub(super) created_at: DateTime<Utc>,
}

impl From<SummaryRow> for PatientSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            id: row.id,
            given_name: row.given_name,
            family_name: row.family_name,
            birth_date: row.birth_date,
            status: row.status,
            created_at: row.created_at.time(),
        }
    }
}
