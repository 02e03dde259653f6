//! What of a document is sealed, and for which place.

use super::rows::DocumentRow;
use crate::{
    http::problem::Problem,
    ids::{DocumentId, OrganizationId},
    sealing::{FileKey, Keyring, Place},
};

/// A document never changes: what was sealed with it stays as it is.
const VERSION: i32 = 1;

pub(super) const fn place(
    organization: OrganizationId,
    document: DocumentId,
    column: &'static str,
) -> Place<'static> {
    Place { organization, table: "documents", column, row: *document.as_uuid(), version: VERSION }
}

impl DocumentRow {
    const fn place(&self, column: &'static str) -> Place<'static> {
        place(self.organization_id, self.id, column)
    }

    /// Where the file's chunks are bound to.
    pub(super) const fn content(&self) -> Place<'static> {
        self.place("content")
    }

    pub(crate) fn open_name(&self, keyring: &Keyring) -> Result<String, Problem> {
        Ok(keyring.open(self.place("name"), &self.name)?.to_string())
    }

    pub(super) fn open_key(&self, keyring: &Keyring) -> Result<FileKey, Problem> {
        Ok(FileKey::open(keyring, self.place("file_key"), &self.file_key)?)
    }
}
