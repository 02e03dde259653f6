//! Fetching the file. It is made for each download and kept nowhere: what the caller may read by then is what is in it.

use super::{
    compose::compose,
    rows::{State, find},
    writer::{Form, Writer},
};
use crate::{
    access::permission::DownloadExports,
    clinic::care::lasting_standing,
    http::{
        call::Call,
        download::{Download, MediaTypes, Served},
        input::Path,
        problem::{Kind, Problem},
    },
    ids::ExportId,
    protection::Protection,
    store::types::Moment,
};
use tokio::sync::Semaphore;

/// Files of this process that are being made or are on their way out: with the bound of each, the memory that they take.
static ROOM: Semaphore = Semaphore::const_new(4);

/// The patient's data.
pub(super) struct PatientData;

impl MediaTypes for PatientData {
    const ALL: &'static [&'static str] = &["application/json", "text/csv"];
}

/// For whoever asked, under their own rights: who was taken off the care team since gets nothing.
pub(super) async fn content(
    call: &mut Call<DownloadExports>,
    Path(id): Path<ExportId>,
) -> Result<Served<PatientData>, Problem> {
    let row = find(&mut call.tenant, id, Some(call.allowed.member())).await?;
    if Protection::FlowDualControl.holds() {
        match row.state(Moment::from(call.clock.now()))? {
            State::Approved => {}
            State::Expired => return Err(Kind::Expired.into()),
            State::Pending | State::Refused => return Err(Kind::FileNotReady.into()),
        }
    }
    lasting_standing(call, row.patient_id).await?;
    let room = ROOM.try_acquire().map_err(|error| Problem::overloaded(&error))?;
    let form = Form::named(&row.format);
    let mut writer = Writer::new(form)?;
    compose(call, row.patient_id, &mut writer).await?;
    let (bytes, mut items) = writer.finish();
    call.audit.object(*id.as_uuid());
    // A record comes with each of its versions.
    items.dedup();
    for item in items {
        call.audit.object(item);
    }
    let name = format!("patient-{}.{}", row.patient_id, form.extension());
    Ok(Download::made(name, form.media_type(), bytes, room).into())
}
