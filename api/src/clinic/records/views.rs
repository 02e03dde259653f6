//! What goes out of a record: one view per audience.

use super::{
    find::{Opened, OpenedVersion},
    rows::RecordRow,
};
use crate::{
    access::Role,
    http::problem::{Kind, Problem},
    ids::{MemberId, PatientId, RecordId},
    protection::DTO_ROLE_FIELDS,
    store::types::Moment,
};
use brigandine_enforce::enforces;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// For clinicians: the text, who wrote and who amended it, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordForClinician {
    #[schema(value_type = uuid::Uuid)]
    id: RecordId,
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
    kind: String,
    body: String,
    version: i32,
    #[schema(value_type = uuid::Uuid)]
    author_member_id: MemberId,
    #[schema(value_type = uuid::Uuid)]
    signed_by: MemberId,
    signed_at: DateTime<Utc>,
    /// Why it was amended.
    reason: Option<String>,
    created_at: DateTime<Utc>,
}

/// For the patient: what was written about them, without the staff's reasons among themselves.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordForSelf {
    #[schema(value_type = uuid::Uuid)]
    id: RecordId,
    kind: String,
    body: String,
    version: i32,
    signed_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum RecordView {
    /// For clinicians.
    Clinician(Box<RecordForClinician>),
    /// For the patient.
    Oneself(Box<RecordForSelf>),
}

impl RecordView {
    /// One version of the record, for this role: the reasons that clinicians give each other stay theirs (OWASP API3).
    #[enforces(DTO_ROLE_FIELDS, answers = Self::for_clinician(record, version))]
    pub(super) fn of(record: &RecordRow, version: &OpenedVersion, audience: Role) -> Self {
        if audience == Role::Clinician {
            return Self::for_clinician(record, version);
        }
        let row = &version.row;
        // Nobody else has a permission that leads here; should one ever, this is the least.
        Self::Oneself(Box::new(RecordForSelf {
            id: record.id,
            kind: record.kind.clone(),
            body: version.body.to_string(),
            version: row.version,
            signed_at: row.signed_at.time(),
            created_at: record.created_at.time(),
        }))
    }

    fn for_clinician(record: &RecordRow, version: &OpenedVersion) -> Self {
        let row = &version.row;
        Self::Clinician(Box::new(RecordForClinician {
            id: record.id,
            patient_id: record.patient_id,
            kind: record.kind.clone(),
            body: version.body.to_string(),
            version: row.version,
            author_member_id: record.author_member_id,
            signed_by: row.author_member_id,
            signed_at: row.signed_at.time(),
            reason: version.reason.as_ref().map(|reason| reason.to_string()),
            created_at: record.created_at.time(),
        }))
    }

    /// The record as it was last amended.
    ///
    /// # Errors
    /// `record-integrity`, when it has no version.
    pub(super) fn latest(opened: &Opened, audience: Role) -> Result<Self, Problem> {
        let version = opened.versions.last().ok_or(Kind::RecordIntegrity)?;
        Ok(Self::of(&opened.record, version, audience))
    }
}

/// A record in a list: for all audiences the same little, and no text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordSummary {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: RecordId,
    kind: String,
    version: i32,
    created_at: DateTime<Utc>,
    amended_at: Option<DateTime<Utc>>,
}

impl From<RecordRow> for RecordSummary {
    fn from(row: RecordRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            version: row.version,
            created_at: row.created_at.time(),
            amended_at: row.amended_at.map(Moment::time),
        }
    }
}
