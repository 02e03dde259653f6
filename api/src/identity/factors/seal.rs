//! The place of a factor's secret, as the keyring sees it.

use super::FactorError;
use crate::{
    ids::{AccountId, OrganizationId, RowId},
    sealing::{Keyring, Place, Sealed},
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// A factor's secret opens in its own row and for its own account only: whoever can write to the database can't hand
/// their authenticator to somebody else's account.
#[derive(Clone, Copy)]
pub(super) struct Seal<'a> {
    pub(super) keyring: &'a Keyring,
    pub(super) account: AccountId,
    pub(super) factor: RowId,
    pub(super) version: i32,
}

impl Seal<'_> {
    pub(super) fn seal(&self, secret: &str) -> Result<Sealed, FactorError> {
        let column = self.column();
        Ok(self.keyring.seal(self.place(&column), secret.as_bytes())?)
    }

    pub(super) fn open(&self, sealed: &Sealed) -> Result<Zeroizing<String>, FactorError> {
        let column = self.column();
        Ok(self.keyring.open(self.place(&column), sealed)?)
    }

    fn column(&self) -> String {
        format!("secret of {}", self.account)
    }

    fn place<'c>(&self, column: &'c str) -> Place<'c> {
        Place {
            organization: OrganizationId::from_uuid(Uuid::nil()),
            table: "factors",
            column,
            row: *self.factor.as_uuid(),
            version: self.version,
        }
    }
}
