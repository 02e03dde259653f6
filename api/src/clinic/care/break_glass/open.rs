//! Breaking the glass.

use super::{
    OPENED, alert, quota,
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
    protection::AUTHZ_OBJECT_ABAC,
    store::{prelude::*, schema::break_glass_accesses, types::Moment},
    webhooks::Event,
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// How long it counts, in minutes (catalogue `authz-object-abac`).
const MINUTES: i64 = 60;
/// Fewer characters that can be read give no reason that somebody could review.
const SHORTEST_REASON: usize = 20;

/// Why the records can't wait.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenInEmergency {
    /// What happened, in a sentence that the reviewer can judge: 20 to 1000 characters.
    #[validate(length(max = 1000))]
    #[schema(value_type = String, format = "seen", min_length = 20, max_length = 1000)]
    reason: Option<Text>,
}

pub(super) async fn open(
    call: &mut Call<BreakGlass>,
    (Path(patient), Body(body)): (Path<PatientId>, Body<OpenInEmergency>),
) -> Result<Created<BrokenGlass>, Problem> {
    standing(call, patient).await?;
    let reason = body.reason.as_ref().map_or("", Text::as_str);
    check_reason(body.reason.as_ref())?;
    let (id, organization) = (BreakGlassId::random(), call.tenant.organization());
    let now = call.clock.now();
    let room = quota::check(call, Moment::from(now)).await?;
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
        signed_in_at: quota::signed_in_at(call),
    };
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(break_glass_accesses::table).values(&row).execute(connection)
    })?;
    call.audit.object(*id.as_uuid());
    call.audit.object(*patient.as_uuid());
    call.notify(Event { kind: OPENED, subject: *id.as_uuid() });
    alert::tell_auditors(call, room).await?;
    let view = BrokenGlass {
        id,
        patient_id: patient,
        opened_at: row.opened_at.time(),
        expires_at: row.expires_at.time(),
    };
    Ok(Created { location: format!("/v1/break-glass/{id}"), view })
}

/// Whoever breaks the glass says why, in words that a reviewer can judge: blanks and a single letter are no reason.
#[enforces(AUTHZ_OBJECT_ABAC)]
fn check_reason(reason: Option<&Text>) -> Result<(), Problem> {
    if reason.map_or(0, Text::legible_length) < SHORTEST_REASON {
        return Err(Problem::new(Kind::ValidationFailed).at("/reason", "length"));
    }
    Ok(())
}
