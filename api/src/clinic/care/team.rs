//! A patient's care team: reception puts clinicians on it, and who is on it brings colleagues. Nobody brings themselves.

use super::standing::{lasting_standing, standing};
use crate::{
    access::{
        Role,
        permission::{ManageCareTeam, ReadCareTeam},
    },
    audit::EventName,
    clinic::patients::check_reference,
    http::{
        answer::{Created, Gone, Listed},
        call::Call,
        endpoint::{AuditRule, Endpoint},
        input::{Body, Path, Query},
        page::{PageQuery, Position},
        problem::{Kind, Problem},
        time::PointInTime,
    },
    ids::{CareRelationId, MemberId, OrganizationId, PatientId},
    store::{prelude::*, schema::care_relations, types::Moment},
};
use actix_web::http::Method;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const TEAM: &str = "/v1/patients/{patient}/care-team";
    let relation = |event| Some(AuditRule { event, object_type: "care_relation" });
    vec![
        Endpoint::new(
            Method::GET,
            TEAM,
            "listCareTeam",
            "Lists who treats a patient, or did, or will.",
            relation(EventName::SensitiveRead),
            list,
        ),
        Endpoint::new(
            Method::POST,
            TEAM,
            "addToCareTeam",
            "Puts a clinician on a patient's care team.",
            relation(EventName::CareRelationStarted),
            add,
        ),
        Endpoint::new(
            Method::DELETE,
            "/v1/patients/{patient}/care-team/{relation}",
            "removeFromCareTeam",
            "Ends a clinician's place on a patient's care team, at once.",
            relation(EventName::CareRelationEnded),
            end,
        ),
    ]
}

/// A place on a care team.
#[derive(Debug, Serialize, ToSchema)]
struct CareRelation {
    #[schema(value_type = uuid::Uuid)]
    id: CareRelationId,
    #[schema(value_type = uuid::Uuid)]
    member_id: MemberId,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = care_relations)]
struct CareRelationRow {
    id: CareRelationId,
    organization_id: OrganizationId,
    patient_id: PatientId,
    member_id: MemberId,
    added_by: MemberId,
    starts_at: Moment,
    ends_at: Option<Moment>,
    created_at: Moment,
}

impl From<CareRelationRow> for CareRelation {
    fn from(row: CareRelationRow) -> Self {
        Self {
            id: row.id,
            member_id: row.member_id,
            starts_at: row.starts_at.time(),
            ends_at: row.ends_at.map(Moment::time),
            created_at: row.created_at.time(),
        }
    }
}

/// Who is to treat a patient, and when.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddToCareTeam {
    /// The clinician.
    #[schema(value_type = uuid::Uuid)]
    member_id: MemberId,
    /// From when on; at once unless given.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<PointInTime>,
    /// Until when; until somebody ends it unless given.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<PointInTime>,
}

async fn list(
    call: &mut Call<ReadCareTeam>,
    (Path(patient), Query(query)): (Path<PatientId>, Query<PageQuery>),
) -> Result<Listed<CareRelation>, Problem> {
    standing(call, patient).await?;
    let organization = call.tenant.organization();
    let listing = call.listing(format!("listCareTeam {patient}"), &query)?;
    let rows: Vec<CareRelationRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = care_relations::table
            .filter(care_relations::organization_id.eq(organization))
            .filter(care_relations::patient_id.eq(patient))
            .order((care_relations::created_at.asc(), care_relations::id.asc()))
            .limit(query.rows())
            .select(CareRelationRow::as_select())
            .into_boxed();
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), CareRelationId::from_uuid(after.id));
            rows = rows
                .filter(care_relations::created_at.ge(at))
                .filter(care_relations::created_at.gt(at).or(care_relations::id.gt(id)));
        }
        rows.load(connection)
    })?;
    let position = |row: &CareRelationRow| Position::new(row.created_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, rows, position, |row| Ok(CareRelation::from(row)))?))
}

async fn add(
    call: &mut Call<ManageCareTeam>,
    (Path(patient), Body(body)): (Path<PatientId>, Body<AddToCareTeam>),
) -> Result<Created<CareRelation>, Problem> {
    lasting_standing(call, patient).await?;
    let now = Moment::from(call.clock.now());
    let starts_at = body.starts_at.map_or(now, PointInTime::moment);
    let ends_at = body.ends_at.map(PointInTime::moment);
    if ends_at.is_some_and(|ends_at| ends_at <= starts_at) {
        return Err(Problem::new(Kind::ValidationFailed).at("/ends_at", "after_start"));
    }
    check_reference(&mut call.tenant, Some(body.member_id), Role::Clinician, "/member_id").await?;
    let row = CareRelationRow {
        id: CareRelationId::random(),
        organization_id: call.tenant.organization(),
        patient_id: patient,
        member_id: body.member_id,
        added_by: call.allowed.member(),
        starts_at,
        ends_at,
        created_at: now,
    };
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(care_relations::table).values(&row).execute(connection)
    })?;
    call.audit.object(*row.id.as_uuid());
    Ok(Created { location: format!("/v1/patients/{patient}/care-team/{}", row.id), view: row.into() })
}

async fn end(
    call: &mut Call<ManageCareTeam>,
    (Path(patient), Path(id)): (Path<PatientId>, Path<CareRelationId>),
) -> Result<Gone, Problem> {
    lasting_standing(call, patient).await?;
    let organization = call.tenant.organization();
    let now = Moment::from(call.clock.now());
    let one = || {
        care_relations::table
            .filter(care_relations::organization_id.eq(organization))
            .filter(care_relations::patient_id.eq(patient))
            .filter(care_relations::id.eq(id))
    };
    let row: Option<CareRelationRow> = each!(call.tenant.connection(), |connection| {
        one().select(CareRelationRow::as_select()).first(connection)
    })
    .optional()?;
    let row = row.ok_or(Kind::NotFound)?;
    if row.ends_at.is_some_and(|ends_at| ends_at <= now) {
        return Err(Kind::Conflict.into());
    }
    // One that has not begun never will: it ends as it starts.
    let ends_at = now.max(row.starts_at);
    each!(call.tenant.connection(), |connection| {
        diesel::update(one()).set(care_relations::ends_at.eq(ends_at)).execute(connection)
    })?;
    call.audit.object(*id.as_uuid());
    Ok(Gone)
}
