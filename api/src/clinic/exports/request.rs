//! Asking for an export, and asking for something else instead while nobody has decided.

use super::{
    anomaly, quota,
    rows::{ExportRow, OPEN, State, find, reason_at},
    views::Export,
};
use crate::{
    access::permission::RequestExports,
    clinic::care::lasting_standing,
    http::{
        answer::{Created, Shown},
        call::Call,
        input::{Body, Path},
        precondition::{Current, IfMatch},
        problem::Problem,
        text::Text,
    },
    ids::{ExportId, PatientId},
    store::{prelude::*, schema::patient_exports as exports, types::Moment},
};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// What is to be exported, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestExport {
    format: Format,
    /// What it is for, in a sentence that somebody else can judge: 20 to 1000 characters.
    #[validate(length(min = 20, max = 1000), custom(function = "is_sentence"))]
    #[schema(value_type = String, format = "seen", min_length = 20, max_length = 1000)]
    reason: Text,
}

/// What is to be different; what is not named stays.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeExport {
    format: Option<Format>,
    /// 20 to 1000 characters.
    #[validate(length(min = 20, max = 1000), custom(function = "is_sentence"))]
    #[schema(value_type = Option<String>, format = "seen", min_length = 20, max_length = 1000)]
    reason: Option<Text>,
}

/// Fewer characters that can be read say nothing that somebody could judge.
fn is_sentence(reason: &Text) -> Result<(), ValidationError> {
    if reason.legible_length() >= 20 { Ok(()) } else { Err(ValidationError::new("length")) }
}

/// The form of the file.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// One object, a list for each kind of data.
    Json,
    /// One line for each value.
    Csv,
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

pub(super) async fn request(
    call: &mut Call<RequestExports>,
    (Path(patient), Body(body)): (Path<PatientId>, Body<RequestExport>),
) -> Result<Created<Export>, Problem> {
    lasting_standing(call, patient).await?;
    let now = Moment::from(call.clock.now());
    quota::check(call, now).await?;
    let (id, organization) = (ExportId::random(), call.tenant.organization());
    let row = ExportRow {
        id,
        organization_id: organization,
        patient_id: patient,
        requested_by: call.allowed.member(),
        format: body.format.name().to_owned(),
        reason: call.keyring.seal(reason_at(organization, id, 1), body.reason.as_str().as_bytes())?,
        status: State::Pending.name().to_owned(),
        version: 1,
        requested_at: now,
        expires_at: (now.time() + OPEN).into(),
        decided_by: None,
        decided_at: None,
    };
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(exports::table).values(&row).execute(connection)
    })?;
    call.audit.object(*id.as_uuid());
    call.audit.object(*patient.as_uuid());
    anomaly::tell(call, now).await?;
    Ok(Created { location: format!("/v1/exports/{id}"), view: Export::of(&row, &call.keyring, now)? })
}

/// Who has seen the former state can't approve the new one by it: its tag is another.
pub(super) async fn change(
    call: &mut Call<RequestExports>,
    (Path(id), Body(body), if_match): (Path<ExportId>, Body<ChangeExport>, IfMatch),
) -> Result<Shown<Export>, Problem> {
    let row = find(&mut call.tenant, id, Some(call.allowed.member())).await?;
    lasting_standing(call, row.patient_id).await?;
    let now = Moment::from(call.clock.now());
    row.check_pending(now)?;
    let current = if_match.check(&Export::of(&row, &call.keyring, now)?)?;
    let reason = match &body.reason {
        Some(reason) => reason.as_str().to_owned(),
        None => row.open_reason(&call.keyring)?,
    };
    let version = row.version.saturating_add(1);
    let changed = ExportRow {
        format: body.format.map_or(row.format, |format| format.name().to_owned()),
        reason: call.keyring.seal(reason_at(row.organization_id, id, version), reason.as_bytes())?,
        version,
        ..row
    };
    write(call, &changed, current).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(Export::of(&changed, &call.keyring, now)?))
}

/// Writes what was changed, unless somebody decided, or changed it too, meanwhile.
async fn write(call: &mut Call<RequestExports>, row: &ExportRow, _: Current) -> Result<(), Problem> {
    let written = each!(call.tenant.connection(), |connection| {
        diesel::update(
            exports::table
                .filter(exports::organization_id.eq(row.organization_id))
                .filter(exports::id.eq(row.id))
                .filter(exports::status.eq(State::Pending.name()))
                .filter(exports::version.eq(row.version.saturating_sub(1))),
        )
        .set((
            exports::format.eq(&row.format),
            exports::reason.eq(&row.reason),
            exports::version.eq(row.version),
        ))
        .execute(connection)
    })?;
    if written == 1 { Ok(()) } else { Err(IfMatch::overtaken()) }
}
