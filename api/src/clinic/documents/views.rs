//! What goes out of a document.

use super::rows::DocumentRow;
use crate::{
    access::Role,
    http::problem::Problem,
    ids::{DocumentId, MemberId, PatientId},
    sealing::Keyring,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// For the staff.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DocumentForStaff {
    #[schema(value_type = uuid::Uuid)]
    id: DocumentId,
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
    name: String,
    media_type: String,
    size: i64,
    status: String,
    #[schema(value_type = uuid::Uuid)]
    uploaded_by: MemberId,
    created_at: DateTime<Utc>,
}

/// For the patient: not who added it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DocumentForSelf {
    #[schema(value_type = uuid::Uuid)]
    id: DocumentId,
    name: String,
    media_type: String,
    size: i64,
    status: String,
    created_at: DateTime<Utc>,
}

/// A document: not what is in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum DocumentView {
    /// For the staff.
    Staff(Box<DocumentForStaff>),
    /// For the patient.
    Oneself(Box<DocumentForSelf>),
}

impl DocumentView {
    pub(super) fn of(row: DocumentRow, audience: Role, keyring: &Keyring) -> Result<Self, Problem> {
        let name = row.open_name(keyring)?;
        let created_at = row.created_at.time();
        Ok(match audience {
            Role::Clinician | Role::Reception => Self::Staff(Box::new(DocumentForStaff {
                id: row.id,
                patient_id: row.patient_id,
                name,
                media_type: row.media_type,
                size: row.size,
                status: row.status,
                uploaded_by: row.uploaded_by,
                created_at,
            })),
            // Nobody else has a permission that leads here; should one ever, this is the least.
            Role::Patient | Role::Admin | Role::Auditor | Role::Service => {
                Self::Oneself(Box::new(DocumentForSelf {
                    id: row.id,
                    name,
                    media_type: row.media_type,
                    size: row.size,
                    status: row.status,
                    created_at,
                }))
            }
        })
    }
}
