//! Slots: the time that clinicians offer. Two of one clinician never overlap.

use super::{find, lock, machine::State, rows::SlotRow, views::Slot};
use crate::{
    access::{
        Reach, Role,
        permission::{OfferSlots, ReadSlots},
    },
    audit::EventName,
    clinic::patients::check_reference,
    http::{
        answer::{Created, Gone, Listed},
        endpoint::{AuditRule, Call, Endpoint},
        input::{Body, Path, Query, QueryParameters, uuid},
        page::{PageQuery, Position},
        problem::{Kind, Problem},
        query::Parameters,
    },
    ids::{MemberId, SlotId},
    protection::Protection,
    store::{
        prelude::*,
        schema::{appointments, slots},
        types::Moment,
    },
};
use actix_web::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{exists, not};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema, openapi::path::Parameter};
use validator::Validate;

/// A slot's least and greatest length, in minutes.
const SHORTEST: i64 = 5;
const LONGEST: i64 = 240;
/// How far ahead time is offered, in days.
const AHEAD: i64 = 366;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const SLOTS: &str = "/v1/slots";
    let slot = |event| Some(AuditRule { event, object_type: "slot" });
    vec![
        Endpoint::new(Method::GET, SLOTS, "listSlots", "Lists free slots, earliest first.", None, list),
        Endpoint::new(
            Method::POST,
            SLOTS,
            "offerSlot",
            "Offers time of a clinician.",
            slot(EventName::SlotOffered),
            offer,
        ),
        Endpoint::new(
            Method::DELETE,
            "/v1/slots/{slot}",
            "withdrawSlot",
            "Takes back a slot that nobody has.",
            slot(EventName::SlotWithdrawn),
            withdraw,
        ),
    ]
}

/// Which slots to list.
#[derive(Debug)]
struct SlotQuery {
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

async fn list(call: &mut Call<ReadSlots>, Query(query): Query<SlotQuery>) -> Result<Listed<Slot>, Problem> {
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
        if Protection::TenantIsolation.holds() && Protection::AuthzObjectCollection.holds() {
            rows = rows.filter(slots::organization_id.eq(organization));
        }
        if let Some(clinician) = clinician {
            rows = rows.filter(slots::clinician_member_id.eq(clinician));
        }
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), SlotId::from_uuid(after.id));
            rows = rows
                .filter(slots::starts_at.ge(at))
                .filter(slots::starts_at.gt(at).or(slots::id.gt(id)));
        }
        rows.load(connection)
    })?;
    let position = |row: &SlotRow| Position::new(row.starts_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, rows, position, |row| Ok(Slot::from(row)))?))
}

/// Time to offer.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfferSlot {
    /// Whose time; for clinicians, their own.
    #[schema(value_type = uuid::Uuid)]
    clinician_member_id: MemberId,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

async fn offer(call: &mut Call<OfferSlots>, Body(body): Body<OfferSlot>) -> Result<Created<Slot>, Problem> {
    let (clinician, member) = (body.clinician_member_id, call.allowed.member());
    check_time(&body, call.clock.now())?;
    if call.allowed.reach() == Reach::Own && clinician != member && Protection::AuthzObjectReference.holds() {
        return Err(Problem::new(Kind::UnknownReference).at("/clinician_member_id", "reference"));
    }
    check_reference(&mut call.tenant, Some(clinician), Role::Clinician, "/clinician_member_id").await?;
    lock::clinician(&mut call.tenant, clinician).await?;
    let organization = call.tenant.organization();
    let (starts_at, ends_at) = (Moment::from(body.starts_at), Moment::from(body.ends_at));
    let overlapping: i64 = each!(call.tenant.connection(), |connection| slots::table
        .filter(slots::organization_id.eq(organization))
        .filter(slots::clinician_member_id.eq(clinician))
        .filter(slots::withdrawn_at.is_null())
        .filter(slots::starts_at.lt(ends_at))
        .filter(slots::ends_at.gt(starts_at))
        .count()
        .get_result(connection))?;
    if overlapping > 0 && Protection::FlowConcurrency.holds() {
        return Err(Kind::Conflict.into());
    }
    let row = SlotRow {
        id: SlotId::random(),
        organization_id: organization,
        clinician_member_id: clinician,
        starts_at,
        ends_at,
        created_by: member,
        created_at: Moment::from(call.clock.now()),
        withdrawn_at: None,
    };
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(slots::table).values(&row).execute(connection)
    })?;
    call.audit.object(*row.id.as_uuid());
    Ok(Created { location: format!("/v1/slots/{}", row.id), view: row.into() })
}

/// Later than now, within a year, and as long as an appointment is.
fn check_time(body: &OfferSlot, now: DateTime<Utc>) -> Result<(), Problem> {
    let length = body.ends_at - body.starts_at;
    let broken = |pointer, rule| Err(Problem::new(Kind::ValidationFailed).at(pointer, rule));
    if !Protection::InputSchema.holds() {
        return Ok(());
    }
    if body.starts_at <= now || body.starts_at > now + TimeDelta::days(AHEAD) {
        return broken("/starts_at", "range");
    }
    if length < TimeDelta::minutes(SHORTEST) || length > TimeDelta::minutes(LONGEST) {
        return broken("/ends_at", "range");
    }
    Ok(())
}

async fn withdraw(call: &mut Call<OfferSlots>, Path(id): Path<SlotId>) -> Result<Gone, Problem> {
    let slot = find::slot(call, id).await?;
    lock::clinician(&mut call.tenant, slot.clinician_member_id).await?;
    let now = Moment::from(call.clock.now());
    let taken: i64 = each!(call.tenant.connection(), |connection| appointments::table
        .filter(appointments::organization_id.eq(slot.organization_id))
        .filter(appointments::slot_id.eq(id))
        .filter(appointments::status.eq_any(State::TAKING))
        .filter(appointments::status.ne(State::Held.name()).or(appointments::held_until.gt(now)))
        .count()
        .get_result(connection))?;
    if taken > 0 {
        return Err(Kind::Conflict.into());
    }
    each!(call.tenant.connection(), |connection| {
        diesel::update(
            slots::table.filter(slots::organization_id.eq(slot.organization_id)).filter(slots::id.eq(id)),
        )
        .set(slots::withdrawn_at.eq(now))
        .execute(connection)
    })?;
    call.audit.object(*id.as_uuid());
    Ok(Gone)
}
