//! Whose documents are whose. The one place that decides it: who reaches a patient sees which documents there are, and
//! who treats the patient opens them.

use super::rows::DocumentRow;
use crate::{
    access::{
        Allowed, Permission, Reach, Tenant, only,
        permission::{DeleteDocuments, DownloadDocuments},
    },
    audit::Reason,
    clinic::{
        care::{lasting_standing, note_reading, standing},
        own, patients,
    },
    http::{
        call::Call,
        problem::{Kind, Problem},
    },
    ids::{DocumentId, MemberId, PatientId},
    protection::AUTHZ_OBJECT_ABAC,
    store::{
        prelude::*,
        schema::{documents, patients as patient_rows},
    },
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;

/// How long who may not open a document may take back that they added it. After that others have read it, and decided by it.
const RETRACTABLE: TimeDelta = TimeDelta::hours(1);

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
    let login = (allowed.reach() == Reach::Own).then(|| allowed.member());
    load(tenant, login, id).await
}

/// A document for somebody who wants to delete it: one that they may open, or one that they added a moment ago. What they
/// may not open they may not destroy.
///
/// # Errors
/// `not-found`; `forbidden` for what others added, or one added too long ago.
pub(super) async fn find_to_delete(
    call: &mut Call<DeleteDocuments>,
    id: DocumentId,
) -> Result<DocumentRow, Problem> {
    let row = load(&mut call.tenant, None, id).await?;
    let is_own = row.uploaded_by == call.allowed.member();
    match call.allowed.reach() {
        Reach::Organization => {}
        // As to open it; but what an emergency opens it does not hand over.
        Reach::Relation if is_own => {}
        Reach::Relation => {
            lasting_standing(call, row.patient_id).await?;
        }
        Reach::Own => check_retractable(is_own, call.clock.now() - row.created_at.time())?,
    }
    Ok(row)
}

/// Who may not open documents takes back only what they added themselves, and only at once: nobody destroys a patient's
/// history unread.
#[enforces(AUTHZ_OBJECT_ABAC)]
fn check_retractable(is_own: bool, age: TimeDelta) -> Result<(), Problem> {
    if is_own && age < RETRACTABLE {
        return Ok(());
    }
    Err(Problem::new(Kind::Forbidden).because(Reason::ROLE_DOCUMENT))
}

/// With `login`, only of the patient whose login that is.
async fn load(tenant: &mut Tenant, login: Option<MemberId>, id: DocumentId) -> Result<DocumentRow, Problem> {
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
        rows = only::opened_of_tenant(rows, documents::organization_id.eq(organization));
        if let Some(member) = login {
            rows = own::opened(rows, patient_rows::member_id.eq(member));
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
