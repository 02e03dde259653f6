//! Deleting a document. With its row goes the key of its file; what is left of the file says nothing to anybody.

use super::{access, quota, views::DocumentView};
use crate::{
    access::permission::DeleteDocuments,
    files::blocking,
    http::{answer::Gone, call::Call, input::Path, precondition::IfUnchanged, problem::Problem},
    ids::DocumentId,
    store::{prelude::*, schema::documents},
};

pub(super) async fn delete(
    call: &mut Call<DeleteDocuments>,
    (Path(id), if_unchanged): (Path<DocumentId>, IfUnchanged),
) -> Result<Gone, Problem> {
    let row = access::find_to_delete(call, id).await?;
    let _seen = if_unchanged.check(&DocumentView::of(row.clone(), call.allowed.role(), &call.keyring)?)?;
    let organization = row.organization_id;
    let deleted = each!(call.tenant.connection(), |connection| {
        diesel::delete(
            documents::table
                .filter(documents::id.eq(id))
                .filter(documents::organization_id.eq(organization))
                // The scanner may have rejected it meanwhile, and given the room back already.
                .filter(documents::status.eq(&row.status)),
        )
        .execute(connection)
    })?;
    if deleted != 1 {
        return Err(if_unchanged.overtaken());
    }
    if row.status != super::rows::Status::Rejected.name() {
        quota::release(call.tenant.connection(), organization, row.uploaded_by, row.size).await?;
    }
    call.audit.object(*id.as_uuid());
    let files = call.files().clone();
    blocking(move || files.doom(organization, *id.as_uuid())).await?;
    Ok(Gone)
}
