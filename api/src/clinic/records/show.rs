//! One record, and how it came to be what it is.

use super::{find::find, views::RecordView};
use crate::{
    access::permission::ReadRecords,
    clinic::care::note_reading,
    http::{
        answer::{Listed, Shown},
        call::Call,
        input::Path,
        page::Page,
        problem::Problem,
    },
    ids::{PatientId, RecordId},
};

pub(super) async fn show(
    call: &mut Call<ReadRecords>,
    (Path(patient), Path(id)): (Path<PatientId>, Path<RecordId>),
) -> Result<Shown<RecordView>, Problem> {
    let opened = find(call, patient, id).await?;
    note_reading(call, opened.in_care.as_ref());
    Ok(Shown(RecordView::latest(&opened, call.allowed.role())?))
}

/// All at once: a record has as many versions as `amend` lets it have.
pub(super) async fn versions(
    call: &mut Call<ReadRecords>,
    (Path(patient), Path(id)): (Path<PatientId>, Path<RecordId>),
) -> Result<Listed<RecordView>, Problem> {
    let opened = find(call, patient, id).await?;
    note_reading(call, opened.in_care.as_ref());
    let role = call.allowed.role();
    let items = opened.versions.iter().map(|version| RecordView::of(&opened.record, version, role)).collect();
    Ok(Listed(Page { items, next: None }))
}
