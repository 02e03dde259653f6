//! Sealed values and the places they are bound to.

use crate::ids::OrganizationId;
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::Binary,
};
use std::fmt;
use uuid::Uuid;

/// The first byte of a value in this format.
pub(super) const SEALED: u8 = 1;
/// Version, key id, nonce.
pub(super) const HEADER: usize = 1 + 4 + 12;

/// Where a value stands. It opens nowhere else, and in no other version of its row.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The tenant.
    pub organization: OrganizationId,
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's id.
    pub row: Uuid,
    /// The row's version, so that yesterday's value put back by somebody else is noticed. A change of the row seals all
    /// of its values anew.
    pub version: i32,
}

impl Place<'_> {
    /// The additional data of AES-GCM. The two names carry their length, so that no two places give the same bytes.
    pub(super) fn bytes(self, key_id: u32) -> Vec<u8> {
        [
            &[SEALED],
            self.organization.as_uuid().as_bytes().as_slice(),
            &self.table.len().to_be_bytes(),
            self.table.as_bytes(),
            &self.column.len().to_be_bytes(),
            self.column.as_bytes(),
            self.row.as_bytes(),
            &self.version.to_be_bytes(),
            &key_id.to_be_bytes(),
        ]
        .concat()
    }
}

/// A value as it is stored: version byte, key id (4 bytes, big endian), nonce (12 bytes), ciphertext with its tag
/// (16 bytes).
#[derive(Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// A stored value; whether it is one shows when it is opened.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What is stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sealed({} bytes)", self.0.len())
    }
}

impl<DB: Backend> ToSql<Binary, DB> for Sealed
where
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_slice().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Binary, DB> for Sealed
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Vec::from_sql(value).map(Self)
    }
}
