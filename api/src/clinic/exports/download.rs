//! Fetching the file. It is made for each download and kept nowhere: what the caller may read by then is what is in it.

use super::{
    compose::compose,
    rows::{ExportRow, State, find},
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
    ids::{ExportId, OrganizationId},
    limits::{Shares, share_of_tenant},
    protection::FLOW_DUAL_CONTROL,
    store::types::Moment,
};
use brigandine_enforce::enforces;
use std::sync::LazyLock;

/// Files of this process that are being made or are on their way out: with the bound of each, the memory that they take.
static ROOM: LazyLock<Shares<OrganizationId>> = LazyLock::new(|| Shares::of(6, share_of_tenant));
/// …of one organization. A reader who stalls keeps a place until the connection is taken from them.
const SHARE: usize = 2;

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
    check_approved(&row, Moment::from(call.clock.now()))?;
    lasting_standing(call, row.patient_id).await?;
    let room = ROOM.try_take(call.tenant.organization(), SHARE).map_err(|full| Problem::overloaded(&full))?;
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

/// Only what a second person allowed leaves the house, and only while that counts (ASVS 2.3.5).
#[enforces(FLOW_DUAL_CONTROL)]
fn check_approved(row: &ExportRow, now: Moment) -> Result<(), Problem> {
    match row.state(now)? {
        State::Approved => Ok(()),
        State::Expired => Err(Kind::Expired.into()),
        State::Pending | State::Refused => Err(Kind::FileNotReady.into()),
    }
}
