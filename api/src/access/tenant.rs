//! A transaction inside one organization.

use crate::{
    ids::OrganizationId,
    store::{Connection, StoreError, Transaction},
};

/// An open transaction of one organization: the only way of domain code to rows. On PostgreSQL row-level security
/// knows the organization too, so that a forgotten filter returns nothing.
pub struct Tenant {
    transaction: Transaction,
    organization: OrganizationId,
}

impl Tenant {
    /// From an authorized caller's transaction only: see [`super::enter`].
    pub(super) const fn new(transaction: Transaction, organization: OrganizationId) -> Self {
        Self { transaction, organization }
    }

    /// From a test's own transaction.
    #[cfg(test)]
    #[allow(dead_code, reason = "for the tests of a domain, and the example domain can be thrown away")]
    pub(crate) const fn of(transaction: Transaction, organization: OrganizationId) -> Self {
        Self::new(transaction, organization)
    }

    /// The organization.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// The connection, for a query.
    pub fn connection(&mut self) -> &mut Connection {
        self.transaction.connection()
    }

    /// The transaction itself, for the audit row of a change.
    pub(crate) fn transaction(&mut self) -> &mut Transaction {
        &mut self.transaction
    }

    /// Opens the identity realm beside the tenant: for a member's own account and sessions, and an organization's
    /// clients. One transaction, so that the change and its audit row last together.
    ///
    /// # Errors
    /// When the database is gone.
    pub(crate) async fn identity(&mut self) -> Result<(), StoreError> {
        self.transaction.enter_identity().await
    }

    /// Until the end of the transaction nobody else of the organization counts these: see [`Transaction::alone`].
    ///
    /// # Errors
    /// When the database is gone, or the wait too long.
    pub(crate) async fn counts_alone(&mut self, what: &str) -> Result<(), StoreError> {
        self.transaction.alone(&format!("{what} of {}", self.organization)).await
    }

    /// Works on another organization than the caller's.
    #[cfg(feature = "twin")]
    pub(crate) async fn turn_to(&mut self, organization: OrganizationId) -> Result<(), StoreError> {
        if let Connection::Postgres(_) = self.connection() {
            self.connection().batch(&format!("SET LOCAL app.tenant = '{organization}'")).await?;
        }
        self.organization = organization;
        Ok(())
    }

    /// Makes the changes last.
    ///
    /// # Errors
    /// When the database refuses or is gone; then nothing has changed.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await
    }

    /// Ends a transaction that only read. The answer does not wait for it.
    pub(crate) fn release(self) {
        self.transaction.release();
    }
}
