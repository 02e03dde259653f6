//! Who the caller is in an organization: looked up by the trip that opens the transaction.

use super::{
    Connection, StoreError,
    schema::{members, organizations, revocations},
    transaction::{ANSWER, Transaction},
    types::{Id, Json, JsonText},
};
use crate::ids::{MemberId, OrganizationId};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
    connection::SimpleConnection,
    dsl::{auto_type, exists},
    sql_types::{Bool, Text},
};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::join;
use tokio::time::timeout;

/// A member, as far as the policy must know.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The member.
    pub member_id: MemberId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// `admin`, `clinician`, …
    pub role: String,
    /// `active`, `suspended` or `removed`.
    pub status: String,
    /// `active` or `closed`.
    pub organization_status: String,
    /// The name shown to colleagues.
    pub display_name: String,
    /// Whether the token, its session or its grant was ended before its time.
    pub revoked: bool,
    /// Where the member may call from, as stored.
    pub networks: JsonText,
}

/// Who is looked up, and what must not have been revoked.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a> {
    /// The token's issuer.
    pub issuer: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// What the token hangs on: itself, its grant, its session.
    pub revocation_keys: &'a [[u8; 32]; 3],
}

pub(super) type Row = (MemberId, OrganizationId, String, String, String, String, bool, JsonText);
#[allow(dead_code, reason = "of single reads, which are for domains")]
pub(super) type Columns = (Id, Id, Text, Text, Text, Text, Bool, Json);

#[auto_type(no_type_alias)]
pub(super) fn of_subject<'a>(
    organization: OrganizationId,
    issuer: &'a str,
    subject: &'a str,
    token: &'a [u8],
    grant: &'a [u8],
    session: &'a [u8],
) -> _ {
    members::table
        .inner_join(organizations::table)
        .filter(members::organization_id.eq(organization))
        .filter(members::issuer.eq(issuer))
        .filter(members::subject.eq(subject))
        .select((
            members::id,
            members::organization_id,
            members::role,
            members::status,
            organizations::status,
            members::display_name,
            // Tied to the member's row: answered before the tenant is known, it would be a no.
            exists(revocations::table.filter(members::version.ge(0_i32)).filter(
                revocations::key.eq(token).or(revocations::key.eq(grant)).or(revocations::key.eq(session)),
            )),
            members::networks,
        ))
}

impl From<Row> for Membership {
    fn from(
        (member_id, organization_id, role, status, organization_status, display_name, revoked, networks): Row,
    ) -> Self {
        Self {
            member_id,
            organization_id,
            role,
            status,
            organization_status,
            display_name,
            revoked,
            networks,
        }
    }
}

impl Transaction {
    /// Opens the transaction and looks the subject up in it.
    pub(super) async fn begin_with_member(
        &mut self,
        organization: OrganizationId,
        Lookup { issuer, subject, revocation_keys }: Lookup<'_>,
    ) -> Result<Option<Membership>, StoreError> {
        let begin = self.begin_sql();
        let row: QueryResult<Row> = timeout(ANSWER, async {
            match self.connection() {
                Connection::Postgres(connection) => {
                    // Pipelined. The server takes them in this order, so the lookup finds the tenant set; if BEGIN fails,
                    // row-level security leaves the lookup empty-handed.
                    let connection = &**connection;
                    let [token, grant, session] = revocation_keys;
                    let (mut first, mut second) = (connection, connection);
                    let (begun, row) = join(
                        first.batch_execute(&begin),
                        of_subject(organization, issuer, subject, token, grant, session).first(&mut second),
                    )
                    .await;
                    begun.and(row)
                }
                Connection::Sqlite(connection) => {
                    let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
                    let [token, grant, session] = *revocation_keys;
                    connection
                        .spawn_blocking(move |connection| {
                            connection.batch_execute(&begin)?;
                            diesel::RunQueryDsl::first(
                                of_subject(organization, &issuer, &subject, &token, &grant, &session),
                                connection,
                            )
                        })
                        .await
                }
            }
        })
        .await
        .map_err(StoreError::unavailable)?;
        Ok(row.optional()?.map(Membership::from))
    }
}
