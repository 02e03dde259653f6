//! A record as the database holds it: what it is about in one row, what it says in one row per version.

use crate::{
    ids::{MemberId, OrganizationId, PatientId, RecordId, RowId},
    sealing::{Place, Sealed},
    store::{
        prelude::*,
        schema::{record_versions, records},
        types::Moment,
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = records)]
pub(super) struct RecordRow {
    pub(super) id: RecordId,
    pub(super) organization_id: OrganizationId,
    pub(super) patient_id: PatientId,
    pub(super) author_member_id: MemberId,
    pub(super) kind: String,
    pub(super) version: i32,
    pub(super) created_at: Moment,
    pub(super) amended_at: Option<Moment>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = record_versions)]
pub(super) struct VersionRow {
    pub(super) id: RowId,
    pub(super) organization_id: OrganizationId,
    pub(super) record_id: RecordId,
    pub(super) version: i32,
    pub(super) author_member_id: MemberId,
    pub(super) body: Sealed,
    pub(super) reason: Option<Sealed>,
    pub(super) signature: Vec<u8>,
    pub(super) signed_at: Moment,
}

/// Where a version's text is sealed. Its row is written once.
pub(super) const fn place(organization: OrganizationId, row: RowId, column: &str) -> Place<'_> {
    Place { organization, table: "record_versions", column, row: *row.as_uuid(), version: 1 }
}
