//! The sealed columns of a patient: national id, phone, notes.

use super::rows::PatientRow;
use crate::{
    ids::{OrganizationId, PatientId},
    sealing::{Keyring, Place, Sealed, SealingError},
};
use zeroize::Zeroizing;

/// One row's place in the keyring's eyes. A value opens only there: organization, table, column, row and version
/// are part of the seal.
#[derive(Clone, Copy)]
pub(super) struct Seals<'a> {
    pub(super) keyring: &'a Keyring,
    pub(super) organization: OrganizationId,
    pub(super) patient: PatientId,
    pub(super) version: i32,
}

impl<'a> Seals<'a> {
    pub(super) fn of(keyring: &'a Keyring, row: &PatientRow) -> Self {
        Self { keyring, organization: row.organization_id, patient: row.id, version: row.version }
    }

    const fn place(&self, column: &'static str) -> Place<'static> {
        Place {
            organization: self.organization,
            table: "patients",
            column,
            row: *self.patient.as_uuid(),
            version: self.version,
        }
    }

    pub(super) fn seal(&self, column: &'static str, text: &str) -> Result<Sealed, SealingError> {
        self.keyring.seal(self.place(column), text.as_bytes())
    }

    pub(super) fn seal_some(
        &self,
        column: &'static str,
        text: Option<&str>,
    ) -> Result<Option<Sealed>, SealingError> {
        text.map(|text| self.seal(column, text)).transpose()
    }

    pub(super) fn open(
        &self,
        column: &'static str,
        sealed: &Sealed,
    ) -> Result<Zeroizing<String>, SealingError> {
        self.keyring.open(self.place(column), sealed)
    }

    pub(super) fn open_some(
        &self,
        column: &'static str,
        sealed: Option<&Sealed>,
    ) -> Result<Option<Zeroizing<String>>, SealingError> {
        sealed.map(|sealed| self.open(column, sealed)).transpose()
    }
}
