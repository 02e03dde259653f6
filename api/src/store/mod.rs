//! SQLite and PostgreSQL behind one door.
//!
//! Rows are reached through a [`Transaction`], which is opened for one organization. On PostgreSQL row-level security makes
//! every other tenant's rows invisible in it; on SQLite the filters in the queries are the only wall. A single read may go
//! as one statement instead, together with its tenant and its caller's membership: see [`Store::read_one`].

mod connection;
mod error;
pub mod growth;
mod membership;
mod migrate;
mod offload;
#[allow(dead_code, unused_macros, reason = "for domains; without one nothing is read singly")]
mod one_trip;
mod pool;
mod postgres;
pub(crate) mod privileges;
pub mod schema;
mod settings;
mod shared;
mod sqlite;
mod transaction;
pub mod types;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use connection::each;
pub use connection::{AsyncSqliteConnection, Connection};
pub use error::StoreError;
pub use membership::{Lookup, Membership};
pub use one_trip::{Found, Question};
#[allow(unused_imports, reason = "as above")]
pub(crate) use one_trip::{one_trip, question};
pub use settings::{Engine, StoreSettings};
pub use transaction::{Mode, Transaction};

use crate::{
    ids::OrganizationId,
    limits::{Share, Shares, share_of_tenant},
    protection::LIMIT_WORK,
};
use brigandine_enforce::enforces;
use chrono::DateTime;
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use pool::Pool;
use postgres::Connector;
use schema::replays;
use secrecy::SecretString;
use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use transaction::Scope;
use types::Moment;

/// What a file with queries imports; diesel's own prelude would bring the synchronous `RunQueryDsl`.
#[allow(
    unused_imports,
    reason = "chosen for the queries of a domain, and the example domain can be thrown away"
)]
pub(crate) mod prelude {
    pub(crate) use super::{Connection, Mode, Question, StoreError, Transaction, each, question};
    pub(crate) use diesel::{
        AsChangeset, BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, Insertable,
        JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
        SelectableHelper, TextExpressionMethods,
    };
    pub(crate) use diesel_async::RunQueryDsl;
}

/// The database. Cheap to clone; each worker thread has connections of its own.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    settings: StoreSettings,
    route: Route,
    /// Tells the stores of one process apart.
    number: u64,
    /// Whether its transactions may move between tenants.
    administrative: bool,
    /// Who may write to the embedded database now.
    writing: Shares<OrganizationId>,
}

/// The right to write, until it is dropped. PostgreSQL needs none.
pub(crate) type Turn = Option<Share>;

/// How long a writer waits for its turn.
const TURN: Duration = Duration::from_secs(1);
/// How long an administrator's command waits for the database while the service writes, or the disk is busy: nobody else
/// waits for the command.
const COMMAND: Duration = Duration::from_secs(30);

enum Route {
    Sqlite(PathBuf),
    Postgres(Box<Connector>),
}

impl Inner {
    async fn connect(&self) -> Result<Connection, StoreError> {
        match &self.route {
            Route::Sqlite(file) => {
                sqlite::connect(file, if self.administrative { COMMAND } else { TURN }).await
            }
            Route::Postgres(connector) => connector.connect().await,
        }
    }
}

impl Store {
    /// Checks the settings. No connection is opened before the first use, so that a service can start, and answer 503,
    /// while its database is away.
    ///
    /// # Errors
    /// [`StoreError::Settings`] for a URL that is not understood, a missing certificate authority, or clear text to
    /// another machine.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        Self::with(settings, None)
    }

    /// The same database for the administrator's commands: on PostgreSQL as the owner of the schema, whose transactions may
    /// [`Transaction::enter`] one organization after another. Row-level security binds the owner too, as it is forced.
    ///
    /// # Errors
    /// As [`Store::open`], and when PostgreSQL is used without a `migration_url`.
    pub fn open_for_administration(
        settings: &StoreSettings,
        migration_url: Option<&SecretString>,
    ) -> Result<Self, StoreError> {
        let url = match &settings.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(_) => Some(migration_url.ok_or_else(migrate::no_migration_url)?),
        };
        let mut settings = settings.clone();
        if let Some(url) = url {
            settings.engine = Engine::Postgres(url.clone());
        }
        Self::with(&settings, Some(()))
    }

    fn with(settings: &StoreSettings, administrative: Option<()>) -> Result<Self, StoreError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        if settings.connections_per_worker == 0 {
            return Err(StoreError::settings("database.connections_per_worker: must be at least 1"));
        }
        let route = match &settings.engine {
            Engine::Sqlite(file) => Route::Sqlite(file.clone()),
            Engine::Postgres(url) => {
                let connector =
                    if administrative.is_some() { Connector::administering } else { Connector::serving };
                Route::Postgres(Box::new(connector(url, settings.root_certificate.as_deref())?))
            }
        };
        Ok(Self(Arc::new(Inner {
            settings: settings.clone(),
            route,
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            administrative: administrative.is_some(),
            writing: Shares::of(1, share_of_tenant),
        })))
    }

    /// Whether the database is embedded; such a one is migrated by `serve` itself.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.0.route, Route::Sqlite(_))
    }

    /// Opens a transaction that sees one organization.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection, or not SQLite's write lock, comes free in time;
    /// [`StoreError::Unavailable`] when the database can't be reached.
    pub async fn begin(&self, organization: OrganizationId, mode: Mode) -> Result<Transaction, StoreError> {
        self.begin_plain(Scope::Tenant(organization), mode).await
    }

    /// Opens a transaction without a tenant: on PostgreSQL it sees no tenant's rows. For the administrator's commands.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub async fn begin_unscoped(&self, mode: Mode) -> Result<Transaction, StoreError> {
        self.begin_plain(Scope::Nobody, mode).await
    }

    /// Opens a transaction on accounts, sessions, clients and their tokens: on PostgreSQL it sees no tenant's rows, and
    /// no tenant's transaction sees these.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub(crate) async fn begin_identity(&self, mode: Mode) -> Result<Transaction, StoreError> {
        self.begin_plain(Scope::Identity, mode).await
    }

    /// Opens a transaction on the deliveries of webhooks that are due, of every organization: on PostgreSQL it sees no
    /// other table's rows.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub(crate) async fn begin_deliveries(&self, mode: Mode) -> Result<Transaction, StoreError> {
        self.begin_plain(Scope::Deliveries, mode).await
    }

    /// Opens a transaction that sees one organization, and looks up which member of it the issuer's subject is: in one trip
    /// to the database. `None`: no such member, or no such organization.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub async fn begin_for(
        &self,
        organization: OrganizationId,
        mode: Mode,
        caller: Lookup<'_>,
    ) -> Result<(Transaction, Option<Membership>), StoreError> {
        let mut transaction = self.lease(Scope::Tenant(organization), mode).await?;
        let member = match transaction.begin_with_member(organization, caller).await {
            Err(StoreError::Unavailable(_)) if transaction.is_used() => {
                transaction.replace(self.0.connect().await?);
                transaction.begin_with_member(organization, caller).await?
            }
            other => other?,
        };
        Ok((transaction, member))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut transaction = self.begin_unscoped(Mode::Read).await?;
        transaction.connection().batch("SELECT 1").await?;
        transaction.release();
        Ok(())
    }

    /// Whether the database takes changes: a full disk, or one that became read-only, still answers every question. It
    /// writes and removes a row that nobody looks for.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub async fn takes_changes(&self) -> Result<(), StoreError> {
        let mut transaction = self.begin_identity(Mode::Write).await?;
        let probe = || replays::table.find([0_u8; 32].as_slice());
        each!(transaction.connection(), |c| diesel::delete(probe()).execute(c))?;
        let row = (
            replays::key.eq([0_u8; 32].as_slice()),
            replays::expires_at.eq(Moment::from(DateTime::UNIX_EPOCH)),
        );
        each!(transaction.connection(), |c| diesel::insert_into(replays::table).values(row).execute(c))?;
        transaction.commit().await
    }

    async fn begin_plain(&self, scope: Scope, mode: Mode) -> Result<Transaction, StoreError> {
        let mut transaction = self.lease(scope, mode).await?;
        match transaction.begin().await {
            // The server was restarted, or an idle connection was cut. One more try, on a new one.
            Err(StoreError::Unavailable(_)) if transaction.is_used() => {
                transaction.replace(self.0.connect().await?);
                transaction.begin().await?;
            }
            other => other?,
        }
        Ok(transaction)
    }

    async fn lease(&self, scope: Scope, mode: Mode) -> Result<Transaction, StoreError> {
        // Before the connection: who waits for a turn must not keep readers from theirs.
        let organization = scope.organization();
        let turn = if mode == Mode::Write { self.turn(organization).await? } else { None };
        let mut lease = Pool::of_this_worker(&self.0).lease(&self.0, organization, mode).await?;
        lease.turn = turn;
        Ok(Transaction::new(lease, scope, mode, self.0.administrative))
    }

    /// Waits for the right to write. SQLite has one writer at a time, and whoever finds it busy polls: under load
    /// somebody is overtaken until their patience ends. In this queue nobody is, and each organization stands in it once:
    /// the rest of its writers wait behind that one, not before the others'.
    ///
    /// # Errors
    /// [`StoreError::Busy`].
    pub(crate) async fn turn(&self, organization: Option<OrganizationId>) -> Result<Turn, StoreError> {
        if !self.is_embedded() {
            return Ok(None);
        }
        let turn = self.0.writing.take(organization.map(|organization| (organization, 1)));
        within(TURN, turn).await?.map(Some).ok_or(StoreError::Busy)
    }

    /// A connection outside the pools, for the audit writer.
    pub(crate) async fn connect(&self) -> Result<Connection, StoreError> {
        self.0.connect().await
    }
}

/// Who waits for the database is told after a while that it is busy: a queue of requests that only grows is everybody's
/// outage (OWASP API4).
#[enforces(LIMIT_WORK, answers = Ok(work.await))]
async fn within<W: Future>(patience: Duration, work: W) -> Result<W::Output, StoreError> {
    tokio::time::timeout(patience, work).await.map_err(|_| StoreError::Busy)
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_embedded() { "Store(SQLite)" } else { "Store(PostgreSQL)" })
    }
}
