//! What insurers answered about a patient, in pages.

use super::{rows::CheckRow, views::EligibilityView};
use crate::{
    access::permission::ReadEligibility,
    clinic::patients,
    http::{
        answer::Listed,
        endpoint::Call,
        input::{Path, Query},
        page::{CursorScope, Page, PageQuery, Position},
        problem::Problem,
    },
    ids::{EligibilityCheckId, PatientId},
    protection::Protection,
    store::{prelude::*, schema::eligibility_checks, types::Moment},
};

pub(super) async fn list(
    call: &mut Call<ReadEligibility>,
    (Path(patient), Query(query)): (Path<PatientId>, Query<PageQuery>),
) -> Result<Listed<EligibilityView>, Problem> {
    patients::find(&mut call.tenant, &call.allowed, patient).await?;
    let organization = call.tenant.organization();
    let filter = format!("listEligibility {patient}");
    let scope = CursorScope { organization, member: call.allowed.member(), filter: &filter };
    let after = query.after(&scope, &call.keyring)?;
    let rows: Vec<CheckRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = eligibility_checks::table
            .filter(eligibility_checks::patient_id.eq(patient))
            .select(CheckRow::as_select())
            .order((eligibility_checks::checked_at.desc(), eligibility_checks::id.desc()))
            .limit(query.rows())
            .into_boxed();
        if Protection::TenantIsolation.holds() && Protection::AuthzObjectCollection.holds() {
            rows = rows.filter(eligibility_checks::organization_id.eq(organization));
        }
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), EligibilityCheckId::from_uuid(after.id));
            let same = eligibility_checks::checked_at.eq(at);
            rows = rows
                .filter(eligibility_checks::checked_at.lt(at).or(same.and(eligibility_checks::id.lt(id))));
        }
        rows.load(connection)
    })?;
    for row in rows.iter().take(usize::try_from(query.size()).unwrap_or_default()) {
        call.audit.object(*row.id.as_uuid());
    }
    let (role, keyring) = (call.allowed.role(), &call.keyring);
    let page = Page::cut(
        rows,
        query.size(),
        |row| Position { at: row.checked_at.time(), id: *row.id.as_uuid() },
        |position| scope.seal(keyring, position),
        |row| EligibilityView::of(row, role, keyring),
    );
    let items = page.items.into_iter().collect::<Result<_, _>>()?;
    Ok(Listed(Page { items, next: page.next }))
}
