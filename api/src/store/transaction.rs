//! Transactions that know their tenant.

use super::{COMMAND, Connection, StoreError, pool::Lease};
use crate::{ids::OrganizationId, protection::DB_RLS_CONTEXT};
use brigandine_enforce::enforces;
use diesel::{sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;
use std::time::Duration;
use tokio::{runtime::Handle, time::timeout};

/// How long BEGIN, COMMIT and ROLLBACK may take. Beyond it the connection is given up: the network may be a black hole,
/// which no limit on the server's side notices.
pub(super) const ANSWER: Duration = Duration::from_secs(3);

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Reading only; the database refuses anything else.
    Read,
    /// Reading and changing. On SQLite the one writer's lock is taken at once.
    Write,
}

/// An open transaction, rolled back unless it is committed or released.
#[derive(Debug)]
pub struct Transaction {
    lease: Option<Lease>,
    scope: Scope,
    mode: Mode,
    administrative: bool,
}

/// Whose rows a transaction sees on PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// One organization's.
    Tenant(OrganizationId),
    /// Accounts, sessions, clients and their tokens, which belong to no organization.
    Identity,
    /// What webhooks are still to be told, of every organization: which it is and when, not what.
    Deliveries,
    /// None.
    Nobody,
}

impl Scope {
    /// Whose work it is, if it is one organization's.
    pub(super) const fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Tenant(organization) => Some(organization),
            Self::Identity | Self::Deliveries | Self::Nobody => None,
        }
    }
}

impl Transaction {
    pub(super) fn new(lease: Lease, scope: Scope, mode: Mode, administrative: bool) -> Self {
        Self { lease: Some(lease), scope, mode, administrative }
    }

    /// The connection, for `each!`.
    pub fn connection(&mut self) -> &mut Connection {
        match &mut self.lease {
            Some(lease) => &mut lease.connection,
            None => unreachable!("the lease leaves with the transaction itself"),
        }
    }

    /// The tenant whose rows are visible.
    #[must_use]
    pub const fn organization(&self) -> Option<OrganizationId> {
        match self.scope {
            Scope::Tenant(organization) => Some(organization),
            Scope::Identity | Scope::Deliveries | Scope::Nobody => None,
        }
    }

    /// Opens the identity realm beside the tenant, for a change of a member's own account or client together with its
    /// audit row.
    ///
    /// # Errors
    /// When the database is gone.
    pub(crate) async fn enter_identity(&mut self) -> Result<(), StoreError> {
        if let Connection::Postgres(_) = self.connection() {
            self.connection().batch("SET LOCAL app.realm = 'identity'").await?;
        }
        Ok(())
    }

    /// Shows the identity realm's transaction where this subject of the service's own provider is a member: in every
    /// organization, and nobody else's rows.
    ///
    /// # Errors
    /// When the database is gone.
    pub(crate) async fn show_memberships_of(
        &mut self,
        issuer: &str,
        subject: &str,
    ) -> Result<(), StoreError> {
        if let Connection::Postgres(connection) = self.connection() {
            sql_query("SELECT set_config('app.issuer', $1, true), set_config('app.subject', $2, true)")
                .bind::<Text, _>(issuer)
                .bind::<Text, _>(subject)
                .execute(&mut **connection)
                .await?;
        }
        Ok(())
    }

    /// Until the end of the transaction nobody else does what bears this name: for what may be had a number of times
    /// exactly. SQLite has one writer anyhow; on PostgreSQL there is no row that the application may lock for it.
    ///
    /// # Errors
    /// When the database is gone, or the wait too long.
    pub(crate) async fn alone(&mut self, name: &str) -> Result<(), StoreError> {
        if let Connection::Postgres(connection) = self.connection() {
            sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
                .bind::<Text, _>(name)
                .execute(&mut **connection)
                .await?;
        }
        Ok(())
    }

    /// Shows the operator the organizations by name, of all tenants: on PostgreSQL to the owner of the schema alone.
    ///
    /// # Errors
    /// Refused in a serving store's transactions; when the database is gone.
    pub(crate) async fn enter_operator(&mut self) -> Result<(), StoreError> {
        if !self.administrative {
            return Err(StoreError::UnsafeRole("a request is no operator".into()));
        }
        if let Connection::Postgres(_) = self.connection() {
            self.connection().batch("SET LOCAL app.realm = 'operator'").await?;
        }
        Ok(())
    }

    /// Goes on in another tenant: for the import of several organizations in one transaction.
    ///
    /// # Errors
    /// Refused in a serving store's transactions: a request stays in the tenant of its token.
    pub async fn enter(&mut self, organization: OrganizationId) -> Result<(), StoreError> {
        if !self.administrative {
            return Err(StoreError::UnsafeRole("a request can't leave its organization".into()));
        }
        if let Connection::Postgres(_) = self.connection() {
            self.connection().batch(&format!("SET LOCAL app.tenant = '{organization}'")).await?;
        }
        self.scope = Scope::Tenant(organization);
        Ok(())
    }

    /// Makes the changes last.
    ///
    /// # Errors
    /// When they do not: nothing was changed then, unless the connection broke off during the answer.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let sql = match self.connection() {
            // PostgreSQL answers COMMIT of a failed transaction with a polite ROLLBACK. The statement before it fails
            // instead, so that nobody is told that a change was made which was not.
            Connection::Postgres(_) => "SELECT 1; COMMIT",
            Connection::Sqlite(_) => "COMMIT",
        };
        match timeout(self.patience(), self.connection().batch(sql)).await {
            Ok(Ok(())) => {
                if let Some(lease) = self.lease.take() {
                    lease.restore();
                }
                Ok(())
            }
            Ok(Err(error)) => Err(error.into()),
            Err(elapsed) => {
                drop(self.lease.take());
                Err(StoreError::unavailable(elapsed))
            }
        }
    }

    /// Ends a transaction that only read, without waiting: the COMMIT runs in the background, and the connection returns
    /// to its worker afterwards. A transaction opened for writing is rolled back.
    pub fn release(mut self) {
        if self.mode == Mode::Read
            && let Some(lease) = self.lease.take()
        {
            finish(lease, "COMMIT");
        }
    }

    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        let sql = self.begin_sql();
        timeout(self.patience(), self.connection().batch(&sql))
            .await
            .map_err(StoreError::unavailable)?
            .map_err(StoreError::from)
    }

    /// A command's transaction may be large, and the disk busy with something else: nobody waits behind it.
    fn patience(&self) -> Duration {
        if self.administrative { ANSWER + COMMAND } else { ANSWER }
    }

    /// One message: the tenant is set by the same trip that opens the transaction. A typed UUID can't inject.
    pub(crate) fn begin_sql(&mut self) -> String {
        let (mode, scope) = (self.mode, self.scope);
        match (self.connection(), mode) {
            (Connection::Sqlite(_), Mode::Read) => "PRAGMA query_only = ON; BEGIN".into(),
            (Connection::Sqlite(_), Mode::Write) => "PRAGMA query_only = OFF; BEGIN IMMEDIATE".into(),
            (Connection::Postgres(_), _) => {
                let begin = if mode == Mode::Read { "BEGIN READ ONLY" } else { "BEGIN" };
                begin.to_owned() + &scope_sql(scope)
            }
        }
    }

    /// Whether the connection served before. Such a one may have been cut since, and is worth a second try.
    pub(super) fn is_used(&self) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.used)
    }

    /// Takes a new connection in place of a dead one.
    pub(super) fn replace(&mut self, connection: Connection) {
        if let Some(lease) = &mut self.lease {
            lease.connection = connection;
            lease.used = false;
        }
    }
}

fn scope_sql(scope: Scope) -> String {
    match scope {
        Scope::Tenant(organization) => tenant_sql(Some(organization)),
        Scope::Identity => "; SET LOCAL app.tenant = ''; SET LOCAL app.realm = 'identity'".into(),
        Scope::Deliveries => "; SET LOCAL app.tenant = ''; SET LOCAL app.realm = 'deliveries'".into(),
        Scope::Nobody => tenant_sql(None),
    }
}

/// The tenant for this transaction and no longer: the next request on the connection starts without one, and can't work
/// with that of the last (ASVS 8.4.1).
#[enforces(DB_RLS_CONTEXT, otherwise = crate::vulnerable::store::tenant_of_the_connection)]
fn tenant_sql(tenant: Option<OrganizationId>) -> String {
    let tenant = tenant.map(|organization| organization.to_string()).unwrap_or_default();
    format!("; SET LOCAL app.tenant = '{tenant}'")
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            finish(lease, "ROLLBACK");
        }
    }
}

/// Ends the transaction in the background. The connection is handed back only if that worked: nobody gets one that is still
/// inside somebody else's transaction. Without a runtime it is closed, which rolls back too.
fn finish(mut lease: Lease, sql: &'static str) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async move {
            if let Ok(Ok(())) = timeout(ANSWER, lease.connection.batch(sql)).await {
                lease.restore();
            }
        });
    }
}
