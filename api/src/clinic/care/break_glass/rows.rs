//! A broken glass as the database holds it, and as auditors see it.

use crate::{
    http::problem::Problem,
    ids::{BreakGlassId, MemberId, OrganizationId, PatientId},
    sealing::{Keyring, Place, Sealed},
    store::{prelude::*, schema::break_glass_accesses, types::Moment},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = break_glass_accesses)]
pub(super) struct AccessRow {
    pub(super) id: BreakGlassId,
    pub(super) organization_id: OrganizationId,
    pub(super) patient_id: PatientId,
    pub(super) member_id: MemberId,
    pub(super) reason: Sealed,
    pub(super) opened_at: Moment,
    pub(super) expires_at: Moment,
    pub(super) reviewed_by: Option<MemberId>,
    pub(super) reviewed_at: Option<Moment>,
    pub(super) verdict: Option<String>,
    pub(super) note: Option<Sealed>,
    pub(super) signed_in_at: Option<Moment>,
}

/// Where a column's value is sealed. A review adds a note and leaves the reason, so the row has one version only.
pub(super) const fn place(organization: OrganizationId, id: BreakGlassId, column: &str) -> Place<'_> {
    Place { organization, table: "break_glass_accesses", column, row: *id.as_uuid(), version: 1 }
}

/// For whoever broke the glass: until when it counts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BrokenGlass {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: BreakGlassId,
    #[schema(value_type = uuid::Uuid)]
    pub(super) patient_id: PatientId,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
}

/// For auditors: who looked at whom, why, and what was thought of it. No clinical text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BrokenGlassForAuditor {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: BreakGlassId,
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
    #[schema(value_type = uuid::Uuid)]
    member_id: MemberId,
    reason: String,
    opened_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    #[schema(value_type = Option<uuid::Uuid>)]
    reviewed_by: Option<MemberId>,
    reviewed_at: Option<DateTime<Utc>>,
    verdict: Option<String>,
    note: Option<String>,
}

impl BrokenGlassForAuditor {
    pub(super) fn of(row: AccessRow, keyring: &Keyring) -> Result<Self, Problem> {
        let open = |column, sealed: &Sealed| {
            Ok::<_, Problem>(keyring.open(place(row.organization_id, row.id, column), sealed)?.to_string())
        };
        Ok(Self {
            reason: open("reason", &row.reason)?,
            note: row.note.as_ref().map(|note| open("note", note)).transpose()?,
            id: row.id,
            patient_id: row.patient_id,
            member_id: row.member_id,
            opened_at: row.opened_at.time(),
            expires_at: row.expires_at.time(),
            reviewed_by: row.reviewed_by,
            reviewed_at: row.reviewed_at.map(Moment::time),
            verdict: row.verdict,
        })
    }
}
