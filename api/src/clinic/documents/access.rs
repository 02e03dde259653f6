//! Whose documents are whose. The one place that decides it: who reaches a patient sees which documents there are, and
//! who treats the patient opens them.

use super::rows::DocumentRow;
use crate::{
    access::{Allowed, Permission, Reach, Tenant, permission::DownloadDocuments},
    clinic::{
        care::{note_reading, standing},
        patients,
    },
    http::{
        call::Call,
        problem::{Kind, Problem},
    },
    ids::{DocumentId, PatientId},
    protection::Protection,
    store::{
        prelude::*,
        schema::{documents, patients as patient_rows},
    },
};

/// Refuses a patient outside the caller's reach.
pub(super) async fn check_patient<P: Permission>(
    tenant: &mut Tenant,
    allowed: &Allowed<P>,
    id: PatientId,
) -> Result<(), Problem> {
    patients::find(tenant, allowed, id).await.map(drop)
}

/// A document of a patient within the caller's reach, or nothing: hidden and absent are the same query result.
pub(super) async fn find<P: Permission>(
    tenant: &mut Tenant,
    allowed: &Allowed<P>,
    id: DocumentId,
) -> Result<DocumentRow, Problem> {
    let organization = tenant.organization();
    let row: Option<DocumentRow> = each!(tenant.connection(), |connection| {
        let of_patient = documents::patient_id
            .eq(patient_rows::id)
            .and(documents::organization_id.eq(patient_rows::organization_id));
        let mut rows = documents::table
            .inner_join(patient_rows::table.on(of_patient))
            .filter(documents::id.eq(id))
            .select(DocumentRow::as_select())
            .into_boxed();
        if Protection::TenantIsolation.holds() && Protection::AuthzObjectAccess.holds() {
            rows = rows.filter(documents::organization_id.eq(organization));
        }
        if allowed.reach() == Reach::Own && Protection::AuthzObjectAccess.holds() {
            rows = rows.filter(patient_rows::member_id.eq(allowed.member()));
        }
        rows.first(connection)
    })
    .optional()?;
    row.ok_or_else(|| Kind::NotFound.into())
}

/// Refuses to open what belongs to a patient whom the caller does not treat. Who added a document may look at it, also when
/// they treat somebody else now.
///
/// # Errors
/// `not-found`.
pub(super) async fn check_care(call: &mut Call<DownloadDocuments>, row: &DocumentRow) -> Result<(), Problem> {
    if call.allowed.reach() != Reach::Relation || row.uploaded_by == call.allowed.member() {
        return Ok(());
    }
    let in_care = standing(call, row.patient_id).await?;
    note_reading(call, Some(&in_care));
    Ok(())
}
