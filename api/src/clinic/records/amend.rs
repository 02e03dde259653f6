//! Amending: a further version, signed by whoever writes it. What was there stays.

use super::{find::find, rows::RecordRow, views::RecordView, write::add_version};
use crate::{
    access::permission::WriteRecords,
    clinic::care::standing,
    http::{
        answer::Created,
        call::Call,
        input::{Body, Path},
        precondition::{Current, IfMatch},
        problem::{Kind, Problem},
        text::{Text, not_blank},
    },
    ids::{PatientId, RecordId},
    store::{prelude::*, schema::records, types::Moment},
};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// The most versions of a record: whoever reads it reads and verifies all of them.
const MOST_VERSIONS: i32 = 50;

/// What a record is to say from now on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AmendRecord {
    /// The whole text.
    #[validate(length(min = 1, max = 4000), custom(function = "not_blank"))]
    #[schema(value_type = String, format = "seen", min_length = 1, max_length = 4000)]
    body: Text,
    /// Why it is amended.
    #[validate(length(min = 1, max = 500), custom(function = "not_blank"))]
    #[schema(value_type = String, format = "seen", min_length = 1, max_length = 500)]
    reason: Text,
}

pub(super) async fn amend(
    call: &mut Call<WriteRecords>,
    (Path(patient), (Path(id), Body(body), if_match)): (
        Path<PatientId>,
        (Path<RecordId>, Body<AmendRecord>, IfMatch),
    ),
) -> Result<Created<RecordView>, Problem> {
    // Its author may always read it. To write, one treats the patient.
    standing(call, patient).await?;
    let opened = find(call, patient, id).await?;
    if opened.record.version >= MOST_VERSIONS {
        return Err(Kind::Conflict.into());
    }
    let current = if_match.check(&RecordView::latest(&opened, call.allowed.role())?)?;
    let record = advance(call, opened.record, current).await?;
    let previous = opened.versions.last().map(|version| version.row.signature.as_slice());
    let (text, reason) = (body.body.as_str(), Some(body.reason.as_str()));
    let version = add_version(call, &record, text, reason, previous).await?;
    let location = format!("/v1/patients/{patient}/records/{id}");
    Ok(Created { location, view: RecordView::of(&record, &version, call.allowed.role()) })
}

/// Moves the record on by a version, unless somebody else did.
async fn advance(
    call: &mut Call<WriteRecords>,
    mut record: RecordRow,
    _: Current,
) -> Result<RecordRow, Problem> {
    let next = record.version.saturating_add(1);
    let now = Moment::from(call.clock.now());
    let written = each!(call.tenant.connection(), |connection| {
        diesel::update(
            records::table
                .filter(records::id.eq(record.id))
                .filter(records::organization_id.eq(record.organization_id))
                .filter(records::version.eq(record.version)),
        )
        .set((records::version.eq(next), records::amended_at.eq(now)))
        .execute(connection)
    })?;
    if written != 1 {
        return Err(IfMatch::overtaken());
    }
    (record.version, record.amended_at) = (next, Some(now));
    Ok(record)
}
