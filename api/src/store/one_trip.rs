//! A single read in one trip to PostgreSQL: the tenant, whose membership it is, and the row, all in one statement.
//!
//! One statement is a transaction of its own, so nothing of it can be left behind: no tenant, no failure, no half of a
//! sequence when whoever asked has gone. That is why a worker's requests may share a connection here, and send their
//! statements without waiting for each other's answers.

use super::{
    Lookup, Membership, Store, StoreError,
    membership::{self, of_subject},
    pool::Pool,
    transaction::ANSWER,
    types::Id,
};
use crate::ids::OrganizationId;
use diesel::{
    OptionalExtension, QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Nullable, SqlType},
};
use diesel_async::AsyncPgConnection;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

/// A member, and the row that was asked for with them; neither need exist.
pub type Found<R> = (Option<Membership>, Option<R>);

type Asked<'a, R> = BoxFuture<'a, QueryResult<(membership::Row, Option<R>)>>;
type Ask<R> = dyn for<'a> FnOnce(&'a AsyncPgConnection, OrganizationId, Lookup<'a>) -> Asked<'a, R>;

/// A query for one row, to be asked together with the caller's membership. Made by [`question!`].
pub struct Question<R>(Box<Ask<R>>);

impl<R> Question<R> {
    pub(crate) fn new(
        ask: impl for<'a> FnOnce(&'a AsyncPgConnection, OrganizationId, Lookup<'a>) -> Asked<'a, R> + 'static,
    ) -> Self {
        Self(Box::new(ask))
    }

    pub(super) fn ask<'a>(
        self,
        connection: &'a AsyncPgConnection,
        organization: OrganizationId,
        caller: Lookup<'a>,
    ) -> Asked<'a, R> {
        (self.0)(connection, organization, caller)
    }
}

/// Turns a query for columns (not `as_select()`) into a [`Question`] for the row that they make. A macro, since the bounds
/// of a function would be unreadable, for the compiler too.
macro_rules! question {
    ($query:expr) => {{
        let query = $query;
        $crate::store::Question::new(move |mut connection, organization, caller| {
            let trip = $crate::store::one_trip(organization, caller, query);
            Box::pin(diesel_async::RunQueryDsl::get_result(trip, &mut connection))
        })
    }};
}
pub(crate) use question;

/// The statement. For each row of what sets the tenant, and so after it, the rest is evaluated (PostgreSQL, "LATERAL
/// Subqueries"); OFFSET and LIMIT keep the planner from drawing it out of there. Should it ever run before, row-level
/// security leaves it empty-handed. `set_config` is local to the statement's own transaction.
pub(crate) struct OneTrip<M, Q> {
    organization: OrganizationId,
    member: M,
    row: Q,
}

pub(crate) fn one_trip<'a, Q>(
    organization: OrganizationId,
    Lookup { issuer, subject, revocation_keys: [token, grant, session] }: Lookup<'a>,
    row: Q,
) -> OneTrip<impl Query<SqlType = membership::Columns> + QueryFragment<Pg> + Send + use<'a, Q>, Q> {
    OneTrip { organization, member: of_subject(organization, issuer, subject, token, grant, session), row }
}

impl<M: QueryFragment<Pg>, Q: QueryFragment<Pg>> QueryFragment<Pg> for OneTrip<M, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT m.*, r.* FROM set_config('app.tenant', CAST(");
        out.push_bind_param::<Id, _>(&self.organization)?;
        out.push_sql(" AS text), true) AS tenant (id) CROSS JOIN LATERAL (SELECT * FROM (");
        self.member.walk_ast(out.reborrow())?;
        out.push_sql(") AS q WHERE tenant.id <> '' OFFSET 0) AS m LEFT JOIN LATERAL (SELECT * FROM (");
        self.row.walk_ast(out.reborrow())?;
        out.push_sql(") AS q WHERE tenant.id <> '' LIMIT 1) AS r ON true");
        Ok(())
    }
}

impl<M: Query, Q: Query> Query for OneTrip<M, Q>
where
    Q::SqlType: SqlType,
{
    type SqlType = (M::SqlType, Nullable<Q::SqlType>);
}

/// The text names it: what a row's query is may depend on more than its type.
impl<M, Q> QueryId for OneTrip<M, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Store {
    /// Asks who the issuer's subject is in the organization, and for a row of it, in one trip on the connection that this
    /// worker's reads share. The row is there before anybody decided whether the caller may see it.
    ///
    /// `None`: the embedded database, or too many on their way; the caller opens a transaction then.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database can't be reached or does not answer in time.
    pub async fn read_one<R>(
        &self,
        organization: OrganizationId,
        caller: Lookup<'_>,
        question: impl Fn() -> Question<R>,
    ) -> Result<Option<Found<R>>, StoreError> {
        let pool = Pool::of_this_worker(&self.0);
        let Some(_place) = (if self.is_embedded() { None } else { pool.shared.place() }) else {
            return Ok(None);
        };
        let mut again = true;
        loop {
            let connection = pool.shared.connection(&self.0).await?;
            let asked = question().ask(&connection, organization, caller);
            let answered = timeout(ANSWER, asked).await;
            let answered = match answered {
                Ok(answered) => answered.optional().map_err(StoreError::from),
                Err(elapsed) => {
                    // Who waits behind it on this connection would wait in vain, too.
                    again = false;
                    Err(StoreError::unavailable(elapsed))
                }
            };
            match answered {
                // The server was restarted, or an idle connection was cut. One more try, on a new one.
                Err(error @ StoreError::Unavailable(_)) => {
                    pool.shared.discard(&connection).await;
                    if !std::mem::take(&mut again) {
                        return Err(error);
                    }
                }
                other => {
                    let found = other?.map(|(member, row)| (Some(Membership::from(member)), row));
                    return Ok(Some(found.unwrap_or_default()));
                }
            }
        }
    }
}
