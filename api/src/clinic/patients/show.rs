//! One patient.

use super::{rows::PatientRow, version::Version, views::PatientView};
use crate::{
    access::{Allowed, Permission, Reach, Tenant, only, permission::ReadPatients},
    clinic::own,
    http::{
        call::{Call, Seen},
        fields::{Fields, ShownPart},
        input::Path,
        problem::{Kind, Problem},
    },
    ids::{OrganizationId, PatientId},
    protection::{AUTHZ_OBJECT_ACCESS, AUTHZ_OBJECT_NONDISCLOSURE},
    sealing::Keyring,
    store::{prelude::*, schema::patients},
};
use brigandine_enforce::enforces;
use diesel::pg::Pg;
use serde::Serialize;

pub(super) async fn show<V: Version>(
    call: &mut Call<ReadPatients>,
    (Path(id), fields): (Path<PatientId>, Fields),
) -> Result<ShownPart<V::View>, Problem> {
    let row = find(&mut call.tenant, &call.allowed, id).await?;
    call.audit.object(*id.as_uuid());
    let view = PatientView::of(row, call.allowed.role(), &call.keyring)?.into();
    Ok(ShownPart { view, fields })
}

/// What [`show`] asks for, when it can go in one trip with the question who the caller is.
pub(super) fn ask(
    organization: OrganizationId,
    &(Path(id), _): &(Path<PatientId>, Fields),
) -> Question<PatientRow> {
    let columns = <PatientRow as Selectable<Pg>>::construct_selection();
    let mut rows = patients::table.filter(patients::id.eq(id)).select(columns).into_boxed();
    rows = only::opened_of_tenant(rows, patients::organization_id.eq(organization));
    question!(rows)
}

/// What came of [`ask`], if it is within the caller's reach: only now is it known who that is.
pub(super) fn shown<V: Version>(
    seen: &mut Seen<'_, ReadPatients>,
    (Path(id), fields): (Path<PatientId>, Fields),
    row: Option<PatientRow>,
) -> Result<ShownPart<V::View>, Problem> {
    let row = row.filter(|row| is_within_reach(seen.allowed, row)).ok_or(Kind::NotFound)?;
    seen.audit.object(*id.as_uuid());
    let view = PatientView::of(row, seen.allowed.role(), seen.keyring)?.into();
    Ok(ShownPart { view, fields })
}

/// Whether the caller reaches the patient: who reaches only their own file opens no other, whatever id they send
/// (OWASP API1, ASVS 8.2.2).
#[enforces(AUTHZ_OBJECT_ACCESS, answers = true)]
fn is_within_reach(allowed: &Allowed<ReadPatients>, row: &PatientRow) -> bool {
    allowed.reach() == Reach::Organization || row.member_id == Some(allowed.member())
}

/// As much of a patient as the caller's role may see.
///
/// # Errors
/// As [`find`].
pub(in crate::clinic) async fn view(
    tenant: &mut Tenant,
    allowed: &Allowed<ReadPatients>,
    keyring: &Keyring,
    id: PatientId,
) -> Result<impl Serialize + use<>, Problem> {
    let row = find(tenant, allowed, id).await?;
    PatientView::of(row, allowed.role(), keyring)
}

/// A patient within the caller's reach. Hidden and absent are one answer: nobody learns which patients there are elsewhere
/// (CWE-204).
///
/// # Errors
/// `not-found`.
#[enforces(AUTHZ_OBJECT_NONDISCLOSURE, otherwise = crate::vulnerable::clinic::patients::find_or_tell)]
pub(in crate::clinic) async fn find<P: Permission>(
    tenant: &mut Tenant,
    allowed: &Allowed<P>,
    id: PatientId,
) -> Result<PatientRow, Problem> {
    within_reach(tenant, allowed, id).await?.ok_or_else(|| Kind::NotFound.into())
}

/// The patient, if the caller reaches them.
pub(crate) async fn within_reach<P: Permission>(
    tenant: &mut Tenant,
    allowed: &Allowed<P>,
    id: PatientId,
) -> Result<Option<PatientRow>, Problem> {
    let organization = tenant.organization();
    let row: Option<PatientRow> = each!(tenant.connection(), |connection| {
        let mut rows =
            patients::table.filter(patients::id.eq(id)).select(PatientRow::as_select()).into_boxed();
        rows = only::opened_of_tenant(rows, patients::organization_id.eq(organization));
        if allowed.reach() == Reach::Own {
            rows = own::opened(rows, patients::member_id.eq(allowed.member()));
        }
        rows.first(connection)
    })
    .optional()?;
    Ok(row)
}
