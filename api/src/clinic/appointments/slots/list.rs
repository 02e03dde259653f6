//! Free slots in pages.

use super::super::{machine::State, rows::SlotRow, views::Slot};
use crate::{
    access::{only, permission::ReadSlots},
    http::{
        answer::Listed,
        call::Call,
        input::{Query, QueryParameters, uuid},
        page::{PageQuery, Position},
        problem::Problem,
        query::Parameters,
    },
    ids::{MemberId, SlotId},
    store::{
        prelude::*,
        schema::{appointments, slots},
        types::Moment,
    },
};
use diesel::dsl::{exists, not};
use utoipa::{IntoParams, openapi::path::Parameter};

/// Which slots to list.
#[derive(Debug)]
pub(super) struct SlotQuery {
    page: PageQuery,
    clinician_member_id: Option<MemberId>,
}

/// The filter, for the documentation.
#[derive(IntoParams)]
#[expect(dead_code, reason = "documents the parameter")]
struct Filter {
    /// Slots of this clinician.
    #[param(value_type = Option<uuid::Uuid>)]
    clinician_member_id: Option<MemberId>,
}

impl IntoParams for SlotQuery {
    fn into_params(place: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>) -> Vec<Parameter> {
        let mut parameters = PageQuery::into_params(&place);
        parameters.extend(Filter::into_params(&place));
        parameters
    }
}

impl QueryParameters for SlotQuery {
    const NAMES: &'static [&'static str] = &["limit", "cursor", "clinician_member_id"];

    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let member = |text: &str| uuid(text).ok().map(MemberId::from_uuid);
        Ok(Self {
            page: PageQuery::read(parameters)?,
            clinician_member_id: parameters.read("clinician_member_id", "uuid", member)?,
        })
    }
}

pub(super) async fn list(
    call: &mut Call<ReadSlots>,
    Query(query): Query<SlotQuery>,
) -> Result<Listed<Slot>, Problem> {
    let (organization, clinician) = (call.tenant.organization(), query.clinician_member_id);
    let list = format!("listSlots {:?}", clinician.map(|id| id.to_string()));
    let listing = call.listing(list, &query.page)?;
    let now = Moment::from(call.clock.now());
    let rows: Vec<SlotRow> = each!(call.tenant.connection(), |connection| {
        let taken = appointments::table
            .filter(appointments::slot_id.eq(slots::id))
            .filter(appointments::status.eq_any(State::TAKING))
            .filter(appointments::status.ne(State::Held.name()).or(appointments::held_until.gt(now)));
        let mut rows = slots::table
            .filter(slots::withdrawn_at.is_null())
            .filter(slots::starts_at.gt(now))
            .filter(not(exists(taken)))
            .order((slots::starts_at.asc(), slots::id.asc()))
            .limit(query.page.rows())
            .select(SlotRow::as_select())
            .into_boxed();
        rows = only::listed_of_tenant(rows, slots::organization_id.eq(organization));
        if let Some(clinician) = clinician {
            rows = rows.filter(slots::clinician_member_id.eq(clinician));
        }
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), SlotId::from_uuid(after.id));
            rows = rows.filter(slots::starts_at.ge(at)).filter(slots::starts_at.gt(at).or(slots::id.gt(id)));
        }
        rows.load(connection)
    })?;
    let position = |row: &SlotRow| Position::new(row.starts_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, rows, position, |row| Ok(Slot::from(row)))?))
}
