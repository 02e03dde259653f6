//! A record within the caller's reach, opened and verified.

use super::{
    rows::{RecordRow, VersionRow, place},
    signature::{self, Signed},
};
use crate::{
    access::{Permission, Reach, Tenant, only},
    clinic::care::{InCare, standing},
    http::{
        call::Call,
        problem::{Kind, Problem},
    },
    ids::{PatientId, RecordId},
    protection::AUTHZ_OBJECT_REFERENCE,
    sealing::{Keyring, SealingError},
    store::{
        prelude::*,
        schema::{record_versions, records},
    },
};
use brigandine_enforce::enforces;
use diesel::query_dsl::methods;
use zeroize::Zeroizing;

/// A record with all its versions, in order.
pub(super) struct Opened {
    pub(super) record: RecordRow,
    pub(super) versions: Vec<OpenedVersion>,
    /// None, when it is found as its author's only.
    pub(super) in_care: Option<InCare>,
}

/// A version in the clear.
pub(super) struct OpenedVersion {
    pub(super) row: VersionRow,
    pub(super) body: Zeroizing<String>,
    pub(super) reason: Option<Zeroizing<String>>,
}

/// The record, for those who treat its patient, for the patient, and for its author.
///
/// # Errors
/// `not-found`; `record-integrity` when a version is not as it was signed.
pub(super) async fn find<P: Permission>(
    call: &mut Call<P>,
    patient: PatientId,
    id: RecordId,
) -> Result<Opened, Problem> {
    let in_care = standing(call, patient).await;
    let record = row(call, patient, id).await?;
    let is_author =
        call.allowed.reach() == Reach::Relation && record.author_member_id == call.allowed.member();
    // Who wrote it may read it, also when they treat somebody else now.
    let in_care = if is_author { in_care.ok() } else { Some(in_care?) };
    let versions = versions(&mut call.tenant, &call.keyring, &record).await?;
    call.audit.object(*id.as_uuid());
    Ok(Opened { record, versions, in_care })
}

async fn row<P: Permission>(
    call: &mut Call<P>,
    patient: PatientId,
    id: RecordId,
) -> Result<RecordRow, Problem> {
    let organization = call.tenant.organization();
    let row: Option<RecordRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = records::table.filter(records::id.eq(id)).select(RecordRow::as_select()).into_boxed();
        rows = only::opened_of_tenant(rows, records::organization_id.eq(organization));
        rows = of_patient(rows, records::patient_id.eq(patient));
        rows.first(connection)
    })
    .optional()?;
    row.ok_or_else(|| Kind::NotFound.into())
}

/// A record is found behind its own patient only: else one's own patient would lead to everybody's records (OWASP
/// API1).
#[enforces(AUTHZ_OBJECT_REFERENCE)]
fn of_patient<Q, F>(rows: Q, of_this_one: F) -> Q
where
    Q: methods::FilterDsl<F, Output = Q>,
{
    methods::FilterDsl::filter(rows, of_this_one)
}

/// Every version of a record, in order, opened and verified.
pub(super) async fn versions(
    tenant: &mut Tenant,
    keyring: &Keyring,
    record: &RecordRow,
) -> Result<Vec<OpenedVersion>, Problem> {
    let rows: Vec<VersionRow> = each!(tenant.connection(), |connection| record_versions::table
        .filter(record_versions::organization_id.eq(record.organization_id))
        .filter(record_versions::record_id.eq(record.id))
        .order(record_versions::version.asc())
        .select(VersionRow::as_select())
        .load(connection))?;
    let opened = rows.into_iter().map(|row| open(keyring, row)).collect::<Result<Vec<_>, _>>()?;
    let signed: Vec<Signed<'_>> = opened
        .iter()
        .map(|version| Signed {
            version: &version.row,
            body: &version.body,
            reason: version.reason.as_ref().map(|reason| reason.as_str()),
        })
        .collect();
    signature::verify(keyring, record, &signed)?;
    Ok(opened)
}

fn open(keyring: &Keyring, row: VersionRow) -> Result<OpenedVersion, SealingError> {
    let body = keyring.open(place(row.organization_id, row.id, "body"), &row.body)?;
    let reason = row.reason.as_ref().map(|reason| {
        let place = place(row.organization_id, row.id, "reason");
        keyring.open(place, reason)
    });
    let reason = reason.transpose()?;
    Ok(OpenedVersion { row, body, reason })
}
