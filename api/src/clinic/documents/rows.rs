//! A document as the database holds it: no way to be serialised, its name and the key of its file sealed.

use crate::store::prelude::*;
use crate::{
    ids::{DocumentId, MemberId, OrganizationId, PatientId},
    sealing::Sealed,
    store::{schema::documents, types::Moment},
};

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    Clean,
    Rejected,
    Unscanned,
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Clean => "clean",
            Self::Rejected => "rejected",
            Self::Unscanned => "unscanned",
        }
    }

    /// Whether anybody may have the file.
    pub(super) fn is_ready(name: &str) -> bool {
        [Self::Clean, Self::Unscanned].iter().any(|ready| ready.name() == name)
    }
}

#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = documents)]
pub(crate) struct DocumentRow {
    pub(super) id: DocumentId,
    pub(super) organization_id: OrganizationId,
    pub(super) patient_id: PatientId,
    pub(super) uploaded_by: MemberId,
    pub(super) name: Sealed,
    pub(super) media_type: String,
    pub(super) size: i64,
    pub(super) file_key: Sealed,
    pub(super) status: String,
    pub(super) created_at: Moment,
}

#[derive(Insertable)]
#[diesel(table_name = documents)]
pub(super) struct NewDocument<'a> {
    pub(super) id: DocumentId,
    pub(super) organization_id: OrganizationId,
    pub(super) patient_id: PatientId,
    pub(super) uploaded_by: MemberId,
    pub(super) name: Sealed,
    pub(super) media_type: &'a str,
    pub(super) size: i64,
    pub(super) file_key: Sealed,
    pub(super) status: &'a str,
    pub(super) created_at: Moment,
}
