//! What goes out of an export's row. Nothing in it is clinical, so all audiences see the same.

use super::rows::ExportRow;
use crate::{
    http::problem::Problem,
    ids::{ExportId, MemberId, PatientId},
    sealing::Keyring,
    store::types::Moment,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Who asked for a patient's data, why, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Export {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: ExportId,
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
    #[schema(value_type = uuid::Uuid)]
    requested_by: MemberId,
    /// `json` or `csv`.
    format: String,
    reason: String,
    /// `pending`, `approved`, `refused` or `expired`.
    status: String,
    requested_at: DateTime<Utc>,
    /// Until when it can be decided; once it is approved, until when the file can be had.
    expires_at: DateTime<Utc>,
    #[schema(value_type = Option<uuid::Uuid>)]
    decided_by: Option<MemberId>,
    decided_at: Option<DateTime<Utc>>,
}

impl Export {
    /// As it stands at this moment.
    pub(super) fn of(row: &ExportRow, keyring: &Keyring, now: Moment) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id,
            patient_id: row.patient_id,
            requested_by: row.requested_by,
            format: row.format.clone(),
            reason: row.open_reason(keyring)?,
            status: row.state(now)?.name().to_owned(),
            requested_at: row.requested_at.time(),
            expires_at: row.expires_at.time(),
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(Moment::time),
        })
    }
}
