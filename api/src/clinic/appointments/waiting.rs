//! The waiting list: who wants to be told when a slot comes free. It reserves nothing, so that nobody can hoard by waiting.

use super::{hold::check_patient, rows::SlotRow};
use crate::{
    access::{
        Allowed, Permission, Reach, Role, only,
        permission::{JoinWaitingList, ReadWaitingList},
    },
    audit::EventName,
    clinic::{own, patients::check_reference},
    http::{
        answer::{Created, Gone, Listed},
        call::Call,
        endpoint::{AuditRule, Endpoint},
        input::{Body, Path, Query},
        page::{PageQuery, Position},
        problem::{Kind, Problem},
    },
    ids::{MemberId, OrganizationId, PatientId, WaitingId},
    mail::{Letter, Mail},
    organizations::addresses,
    protection::{AUTHZ_OBJECT_ACCESS, FLOW_HOLD_CAP},
    store::{
        prelude::*,
        schema::{patients, slots, waiting_list},
        types::Moment,
    },
};
use actix_web::http::Method;
use brigandine_enforce::enforces;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const LIST: &str = "/v1/waiting-list";
    let entry = |event| Some(AuditRule { event, object_type: "waiting_list_entry" });
    vec![
        Endpoint::new(
            Method::GET,
            LIST,
            "listWaiting",
            "Lists who waits for a slot, longest first.",
            entry(EventName::SensitiveRead),
            list,
        ),
        Endpoint::new(
            Method::POST,
            LIST,
            "joinWaitingList",
            "Has somebody told when a slot comes free.",
            entry(EventName::WaitingListJoined),
            join,
        ),
        Endpoint::new(
            Method::DELETE,
            "/v1/waiting-list/{entry}",
            "leaveWaitingList",
            "Waits no more.",
            entry(EventName::WaitingListLeft),
            leave,
        ),
    ]
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = waiting_list)]
struct WaitingRow {
    id: WaitingId,
    organization_id: OrganizationId,
    patient_id: PatientId,
    clinician_member_id: Option<MemberId>,
    created_at: Moment,
    notified_at: Option<Moment>,
}

/// Somebody who waits.
#[derive(Debug, Serialize, ToSchema)]
struct Waiting {
    #[schema(value_type = uuid::Uuid)]
    id: WaitingId,
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
    #[schema(value_type = Option<uuid::Uuid>)]
    clinician_member_id: Option<MemberId>,
    created_at: DateTime<Utc>,
    notified_at: Option<DateTime<Utc>>,
}

impl From<WaitingRow> for Waiting {
    fn from(row: WaitingRow) -> Self {
        Self {
            id: row.id,
            patient_id: row.patient_id,
            clinician_member_id: row.clinician_member_id,
            created_at: row.created_at.time(),
            notified_at: row.notified_at.map(Moment::time),
        }
    }
}

/// Who waits, and for whom.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct JoinList {
    /// The patient; for patients, themselves.
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
    /// Whose slots; anybody's unless given.
    #[schema(value_type = Option<uuid::Uuid>)]
    clinician_member_id: Option<MemberId>,
}

async fn list(
    call: &mut Call<ReadWaitingList>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Waiting>, Problem> {
    let (organization, member) = (call.tenant.organization(), call.allowed.member());
    let listing = call.listing("listWaiting", &query)?;
    let only_own = call.allowed.reach() == Reach::Own;
    let rows: Vec<WaitingRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = waiting_list::table
            .inner_join(patients::table)
            .order((waiting_list::created_at.asc(), waiting_list::id.asc()))
            .limit(query.rows())
            .select(WaitingRow::as_select())
            .into_boxed();
        rows = only::listed_of_tenant(rows, waiting_list::organization_id.eq(organization));
        if only_own {
            rows = own::listed(rows, patients::member_id.eq(member));
        }
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), WaitingId::from_uuid(after.id));
            rows = rows
                .filter(waiting_list::created_at.ge(at))
                .filter(waiting_list::created_at.gt(at).or(waiting_list::id.gt(id)));
        }
        rows.load(connection)
    })?;
    let position = |row: &WaitingRow| Position::new(row.created_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, rows, position, |row| Ok(Waiting::from(row)))?))
}

async fn join(
    call: &mut Call<JoinWaitingList>,
    Body(body): Body<JoinList>,
) -> Result<Created<Waiting>, Problem> {
    check_patient(call, body.patient_id).await?;
    let clinician = body.clinician_member_id;
    check_reference(&mut call.tenant, clinician, Role::Clinician, "/clinician_member_id").await?;
    let row = WaitingRow {
        id: WaitingId::random(),
        organization_id: call.tenant.organization(),
        patient_id: body.patient_id,
        clinician_member_id: clinician,
        created_at: Moment::from(call.clock.now()),
        notified_at: None,
    };
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(waiting_list::table).values(&row).execute(connection)
    })?;
    call.audit.object(*row.id.as_uuid());
    Ok(Created { location: format!("/v1/waiting-list/{}", row.id), view: row.into() })
}

async fn leave(call: &mut Call<JoinWaitingList>, Path(id): Path<WaitingId>) -> Result<Gone, Problem> {
    let organization = call.tenant.organization();
    let one = || {
        waiting_list::table
            .filter(waiting_list::organization_id.eq(organization))
            .filter(waiting_list::id.eq(id))
    };
    let owner: Option<Option<MemberId>> = each!(call.tenant.connection(), |connection| one()
        .inner_join(patients::table)
        .select(patients::member_id)
        .first(connection))
    .optional()?;
    if owner.is_none_or(|owner| !is_within_reach(&call.allowed, owner)) {
        return Err(Kind::NotFound.into());
    }
    each!(call.tenant.connection(), |connection| diesel::delete(one()).execute(connection))?;
    call.audit.object(*id.as_uuid());
    Ok(Gone)
}

/// Whether the caller may take the entry of this patient away: nobody strikes another off the list (OWASP API1).
#[enforces(AUTHZ_OBJECT_ACCESS, answers = true)]
fn is_within_reach(allowed: &Allowed<JoinWaitingList>, owner: Option<MemberId>) -> bool {
    allowed.reach() != Reach::Own || owner == Some(allowed.member())
}

/// How often a slot is told of, however often it is booked and given back.
const TOLD_AGAIN: TimeDelta = TimeDelta::days(1);

/// Writes to whoever waits longest for a slot like this one and was not told yet.
pub(super) async fn tell_the_next<P: Permission>(call: &mut Call<P>, slot: &SlotRow) -> Result<(), Problem> {
    let organization = call.tenant.organization();
    let next: Option<(WaitingId, Option<MemberId>)> = each!(call.tenant.connection(), |connection| {
        let like_this = waiting_list::clinician_member_id
            .is_null()
            .or(waiting_list::clinician_member_id.eq(slot.clinician_member_id).assume_not_null());
        waiting_list::table
            .inner_join(patients::table)
            .filter(waiting_list::organization_id.eq(organization))
            .filter(waiting_list::notified_at.is_null())
            .filter(like_this)
            .order((waiting_list::created_at.asc(), waiting_list::id.asc()))
            .select((waiting_list::id, patients::member_id))
            .first(connection)
    })
    .optional()?;
    let Some((entry, member)) = next else { return Ok(()) };
    let now = Moment::from(call.clock.now());
    if !may_be_told(call, slot, now).await? {
        return Ok(());
    }
    each!(call.tenant.connection(), |connection| {
        diesel::update(waiting_list::table.filter(waiting_list::id.eq(entry)))
            .set(waiting_list::notified_at.eq(now))
            .execute(connection)
    })?;
    // Who has no address here is called by reception, which sees in the list whose turn it is.
    if let Some(member) = member
        && let Some((to, organization)) = addresses::of_member(call, member).await?
    {
        let what = "A slot that you wait for came free";
        call.mail(Mail {
            to,
            letter: Letter::Offer { organization, what, next: "Book it before others do" },
        });
    }
    Ok(())
}

/// Takes the slot's turn to be told of, if it was not taken lately: a script that books and gives back writes to one
/// patient a day, and not to all who wait. Of two at once, one gets it.
#[enforces(FLOW_HOLD_CAP, answers = Ok(true))]
async fn may_be_told<P: Permission>(
    call: &mut Call<P>,
    slot: &SlotRow,
    now: Moment,
) -> Result<bool, Problem> {
    let lately = Moment::from(now.time() - TOLD_AGAIN);
    let taken = each!(call.tenant.connection(), |connection| {
        diesel::update(
            slots::table
                .filter(slots::organization_id.eq(slot.organization_id))
                .filter(slots::id.eq(slot.id))
                .filter(slots::told_at.is_null().or(slots::told_at.assume_not_null().le(lately))),
        )
        .set(slots::told_at.eq(now))
        .execute(connection)
    })?;
    Ok(taken == 1)
}
