//! One document, and the file itself.

use super::{access, kind, rows::Status, views::DocumentView};
use crate::{
    access::permission::{DownloadDocuments, ReadDocuments},
    files::blocking,
    http::{
        answer::Shown,
        call::Call,
        download::{Download, MediaTypes, Served},
        input::Path,
        problem::{Kind, Problem},
    },
    ids::DocumentId,
    protection::UPLOAD_MALWARE,
};
use brigandine_enforce::enforces;

pub(super) async fn show(
    call: &mut Call<ReadDocuments>,
    Path(id): Path<DocumentId>,
) -> Result<Shown<DocumentView>, Problem> {
    let row = access::find(&mut call.tenant, &call.allowed, id).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(DocumentView::of(row, call.allowed.role(), &call.keyring)?))
}

/// What was taken in.
pub(super) struct Uploaded;

impl MediaTypes for Uploaded {
    const ALL: &'static [&'static str] = kind::SERVED;
}

pub(super) async fn download(
    call: &mut Call<DownloadDocuments>,
    Path(id): Path<DocumentId>,
) -> Result<Served<Uploaded>, Problem> {
    let row = access::find(&mut call.tenant, &call.allowed, id).await?;
    access::check_care(call, &row).await?;
    check_judged(&row.status)?;
    call.audit.object(*id.as_uuid());
    let (files, key, place) = (call.files().clone(), row.open_key(&call.keyring)?, row.content());
    let organization = row.organization_id;
    let file = blocking(move || files.read(organization, *id.as_uuid(), &key, place)).await?;
    let length = u64::try_from(row.size).unwrap_or_default();
    let name = row.open_name(&call.keyring)?;
    let download = Download::begin(name, kind::served_as(&row.media_type), length, file).await?;
    Ok(download.into())
}

/// Nobody has a file before the scanner called it clean (ASVS 5.4.3).
#[enforces(UPLOAD_MALWARE)]
fn check_judged(status: &str) -> Result<(), Problem> {
    if Status::is_ready(status) { Ok(()) } else { Err(Kind::FileNotReady.into()) }
}
