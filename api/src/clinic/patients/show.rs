//! One patient.

use super::{rows::PatientRow, version::Version, views::PatientView};
use crate::{
    access::{Allowed, Permission, Reach, Tenant, permission::ReadPatients},
    http::{
        endpoint::Call,
        fields::{Fields, ShownPart},
        input::Path,
        problem::{Kind, Problem},
    },
    ids::PatientId,
    protection::Protection,
    store::{prelude::*, schema::patients},
};

pub(super) async fn show<V: Version>(
    call: &mut Call<ReadPatients>,
    (Path(id), fields): (Path<PatientId>, Fields),
) -> Result<ShownPart<V::View>, Problem> {
    let row = find(&mut call.tenant, &call.allowed, id).await?;
    call.audit.object(*id.as_uuid());
    let view = PatientView::of(row, call.allowed.role(), &call.keyring)?.into();
    Ok(ShownPart { view, fields })
}

/// A patient within the caller's reach, or nothing: hidden and absent are the same query result.
pub(in crate::clinic) async fn find<P: Permission>(
    tenant: &mut Tenant,
    allowed: &Allowed<P>,
    id: PatientId,
) -> Result<PatientRow, Problem> {
    let organization = tenant.organization();
    let row: Option<PatientRow> = each!(tenant.connection(), |connection| {
        let mut rows =
            patients::table.filter(patients::id.eq(id)).select(PatientRow::as_select()).into_boxed();
        if Protection::TenantIsolation.holds() && Protection::AuthzObjectAccess.holds() {
            rows = rows.filter(patients::organization_id.eq(organization));
        }
        if allowed.reach() == Reach::Own && Protection::AuthzObjectAccess.holds() {
            rows = rows.filter(patients::member_id.eq(allowed.member()));
        }
        rows.first(connection)
    })
    .optional()?;
    #[cfg(feature = "twin")]
    if row.is_none() {
        return Err(super::careless::absent_or_hidden(tenant, id).await);
    }
    row.ok_or_else(|| Kind::NotFound.into())
}
