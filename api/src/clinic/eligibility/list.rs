//! What insurers answered about a patient, in pages.

use super::{rows::CheckRow, views::EligibilityView};
use crate::{
    access::{only, permission::ReadEligibility},
    clinic::patients,
    http::{
        answer::Listed,
        call::Call,
        input::{Path, Query},
        page::{PageQuery, Position},
        problem::Problem,
    },
    ids::{EligibilityCheckId, PatientId},
    store::{prelude::*, schema::eligibility_checks, types::Moment},
};

pub(super) async fn list(
    call: &mut Call<ReadEligibility>,
    (Path(patient), Query(query)): (Path<PatientId>, Query<PageQuery>),
) -> Result<Listed<EligibilityView>, Problem> {
    patients::find(&mut call.tenant, &call.allowed, patient).await?;
    let organization = call.tenant.organization();
    let listing = call.listing(format!("listEligibility {patient}"), &query)?;
    let rows: Vec<CheckRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = eligibility_checks::table
            .filter(eligibility_checks::patient_id.eq(patient))
            .select(CheckRow::as_select())
            .order((eligibility_checks::checked_at.desc(), eligibility_checks::id.desc()))
            .limit(query.rows())
            .into_boxed();
        rows = only::listed_of_tenant(rows, eligibility_checks::organization_id.eq(organization));
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), EligibilityCheckId::from_uuid(after.id));
            rows = rows
                .filter(eligibility_checks::checked_at.le(at))
                .filter(eligibility_checks::checked_at.lt(at).or(eligibility_checks::id.lt(id)));
        }
        rows.load(connection)
    })?;
    let position = |row: &CheckRow| Position::new(row.checked_at, row.id.as_uuid());
    let view = |row| EligibilityView::of(row, call.allowed.role(), &call.keyring);
    Ok(Listed(listing.page(&mut call.audit, rows, position, view)?))
}
