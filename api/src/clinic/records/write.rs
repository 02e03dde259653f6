//! Writing a record.

use super::{
    find::OpenedVersion,
    rows::{RecordRow, VersionRow, place},
    signature::sign,
    views::RecordView,
};
use crate::{
    access::permission::WriteRecords,
    clinic::care::standing,
    http::{
        answer::Created,
        call::Call,
        input::{Body, Path},
        problem::Problem,
        text::{Text, not_blank},
    },
    ids::{PatientId, RecordId, RowId},
    sealing::Sealed,
    store::{
        prelude::*,
        schema::{record_versions, records},
        types::Moment,
    },
};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use zeroize::Zeroizing;

/// A record to write. Author, date and signature are never among it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WriteRecord {
    kind: RecordKind,
    /// The text.
    #[validate(length(min = 1, max = 4000), custom(function = "not_blank"))]
    #[schema(value_type = String, format = "seen", min_length = 1, max_length = 4000)]
    body: Text,
}

/// What a record tells of.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RecordKind {
    /// What was seen and said.
    Note,
    /// What the patient has.
    Diagnosis,
    /// What was done or prescribed.
    Treatment,
}

impl RecordKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Diagnosis => "diagnosis",
            Self::Treatment => "treatment",
        }
    }
}

pub(super) async fn write(
    call: &mut Call<WriteRecords>,
    (Path(patient), Body(body)): (Path<PatientId>, Body<WriteRecord>),
) -> Result<Created<RecordView>, Problem> {
    let in_care = standing(call, patient).await?;
    let record = RecordRow {
        id: RecordId::random(),
        organization_id: call.tenant.organization(),
        patient_id: in_care.patient(),
        author_member_id: call.allowed.member(),
        kind: body.kind.name().to_owned(),
        version: 1,
        created_at: Moment::from(call.clock.now()),
        amended_at: None,
    };
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(records::table).values(&record).execute(connection)
    })?;
    let version = add_version(call, &record, body.body.as_str(), None, None).await?;
    call.audit.object(*record.id.as_uuid());
    let location = format!("/v1/patients/{patient}/records/{}", record.id);
    Ok(Created { location, view: RecordView::of(&record, &version, call.allowed.role()) })
}

/// Seals, signs and inserts the version that the record's row names.
pub(super) async fn add_version(
    call: &mut Call<WriteRecords>,
    record: &RecordRow,
    body: &str,
    reason: Option<&str>,
    previous: Option<&[u8]>,
) -> Result<OpenedVersion, Problem> {
    let (id, organization) = (RowId::random(), record.organization_id);
    let seal = |column: &'static str, text: &str| -> Result<Sealed, Problem> {
        Ok(call.keyring.seal(place(organization, id, column), text.as_bytes())?)
    };
    let mut row = VersionRow {
        id,
        organization_id: organization,
        record_id: record.id,
        version: record.version,
        author_member_id: call.allowed.member(),
        body: seal("body", body)?,
        reason: reason.map(|reason| seal("reason", reason)).transpose()?,
        signature: Vec::new(),
        signed_at: record.amended_at.unwrap_or(record.created_at),
    };
    row.signature = sign(&call.keyring, record, &row, body, reason, previous);
    each!(call.tenant.connection(), |connection| {
        diesel::insert_into(record_versions::table).values(&row).execute(connection)
    })?;
    Ok(OpenedVersion {
        row,
        body: Zeroizing::new(body.to_owned()),
        reason: reason.map(|reason| Zeroizing::new(reason.to_owned())),
    })
}
