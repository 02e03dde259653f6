//! Breaking the glass.

use super::{
    alert,
    rows::{AccessRow, BrokenGlass, place},
};
use crate::{
    access::permission::BreakGlass,
    clinic::care::standing,
    http::{
        answer::Created,
        call::Call,
        input::{Body, Path},
        problem::{Kind, Problem},
        text::Text,
    },
    ids::{BreakGlassId, PatientId},
    protection::Protection,
    store::{prelude::*, schema::break_glass_accesses},
};
use chrono::TimeDelta;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// How long it counts, in minutes (catalogue `authz-object-abac`).
const MINUTES: i64 = 60;
/// Fewer characters give no reason that somebody could review.
const SHORTEST_REASON: usize = 20;

/// Why the records can't wait.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenInEmergency {
    /// What happened, in a sentence that the reviewer can judge: 20 to 1000 characters.
    #[validate(length(max = 1000))]
    #[schema(value_type = String, min_length = 20, max_length = 1000)]
    reason: Option<Text>,
}

pub(super) async fn open(
    call: &mut Call<BreakGlass>,
    (Path(patient), Body(body)): (Path<PatientId>, Body<OpenInEmergency>),
) -> Result<Created<BrokenGlass>, Problem> {
    standing(call, patient).await?;
    let reason = body.reason.as_ref().map_or("", |reason| reason.as_str().trim());
    if reason.chars().count() < SHORTEST_REASON && Protection::AuthzObjectAbac.holds() {
        return Err(Problem::new(Kind::ValidationFailed).at("/reason", "length"));
    }
    let (id, organization) = (BreakGlassId::random(), call.tenant.organization());
    let now = call.clock.now();
    let row = AccessRow {
        id,
        organization_id: organization,
        patient_id: patient,
        member_id: call.allowed.member(),
        reason: call.keyring.seal(place(organization, id, "reason"), reason.as_bytes())?,
        opened_at: now.into(),
        expires_at: (now + TimeDelta::minutes(MINUTES)).into(),
        reviewed_by: None,
        reviewed_at: None,
        verdict: None,
        note: None,
    };
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(break_glass_accesses::table).values(&row).execute(connection)
    })?;
    call.audit.object(*id.as_uuid());
    call.audit.object(*patient.as_uuid());
    alert::tell_auditors(call).await?;
    let view = BrokenGlass {
        id,
        patient_id: patient,
        opened_at: row.opened_at.time(),
        expires_at: row.expires_at.time(),
    };
    Ok(Created { location: format!("/v1/break-glass/{id}"), view })
}
