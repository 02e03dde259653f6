//! What somebody allowed a client to do in one organization, and the code that stands for it for a minute.

use crate::{
    clock::Clock,
    http::problem::Problem,
    identity::{
        dpop::Thumbprint,
        revocation::{self, Ended},
        secret::{self, Secret256},
        sessions::Session,
    },
    ids::{AccountId, GrantId, OrganizationId, SessionId},
    protection::OAUTH_CODE_SINGLE_USE,
    store::{prelude::*, schema::grants, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::Duration;

/// How long a code may be on its way (FAPI 2.0: 60 s).
const CODE: Duration = Duration::seconds(60);

/// A grant.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = grants)]
pub(crate) struct Grant {
    pub(super) id: GrantId,
    pub(super) client_id: String,
    pub(super) account_id: AccountId,
    pub(super) session_id: SessionId,
    pub(super) organization_id: OrganizationId,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    pub(super) acr: String,
    pub(super) amr: String,
    pub(super) authenticated_at: Moment,
    pub(super) dpop_jkt: Option<String>,
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: String,
    pub(super) code_expires_at: Moment,
    pub(super) expires_at: Moment,
    pub(super) ended_at: Option<Moment>,
}

/// What is granted.
pub(crate) struct Granted<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) organization: OrganizationId,
    pub(crate) scope: &'a str,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) redirect_uri: &'a str,
    pub(crate) code_challenge: &'a str,
    pub(crate) dpop_jkt: Option<&'a str>,
}

/// Writes a grant down and answers its code.
pub(crate) async fn give(
    transaction: &mut Transaction,
    session: &Session,
    granted: &Granted<'_>,
    clock: Clock,
) -> Result<Secret256, Problem> {
    let (code, now) = (Secret256::random()?, clock.now());
    let values = (
        grants::id.eq(GrantId::random()),
        grants::client_id.eq(granted.client_id),
        grants::account_id.eq(session.account_id),
        grants::session_id.eq(session.id),
        grants::organization_id.eq(granted.organization),
        grants::scope.eq(granted.scope),
        grants::nonce.eq(granted.nonce),
        grants::acr.eq(session.acr.as_deref().unwrap_or("1")),
        grants::amr.eq(session.amr.as_str()),
        grants::authenticated_at.eq(session.authenticated_at),
        grants::dpop_jkt.eq(granted.dpop_jkt),
        grants::code_hash.eq(code.hash().to_vec()),
        grants::redirect_uri.eq(granted.redirect_uri),
        grants::code_challenge.eq(granted.code_challenge),
        grants::code_expires_at.eq(Moment::new(now + CODE)),
        grants::created_at.eq(Moment::new(now)),
        // Nothing that comes of it outlives the session.
        grants::expires_at.eq(session.expires_at),
    );
    each!(transaction.connection(), |c| diesel::insert_into(grants::table).values(values).execute(c))
        .map_err(StoreError::from)?;
    Ok(code)
}

/// What became of a code.
pub(crate) enum Code {
    /// Used now, for the first time. Whatever else is wrong, it is burned.
    Burned(Box<Grant>),
    /// Used before: one of the two who had it stole it.
    Reused(Box<Grant>),
    /// There is no such code.
    Unknown,
}

/// Uses a code: one statement, so that of many who try at once one is first.
pub(crate) async fn burn(
    transaction: &mut Transaction,
    code: &str,
    clock: Clock,
) -> Result<Code, StoreError> {
    let (hash, now) = (secret::hash(code).to_vec(), Moment::new(clock.now()));
    let find = || grants::table.filter(grants::code_hash.eq(&hash));
    let burned: Option<Grant> =
        each!(transaction.connection(), |c| diesel::update(find().filter(grants::code_used_at.is_null()))
            .set(grants::code_used_at.eq(struck_off(now)))
            .returning(Grant::as_returning())
            .get_result(c))
        .optional()?;
    if let Some(grant) = burned {
        return Ok(Code::Burned(Box::new(grant)));
    }
    let found: Option<Grant> =
        each!(transaction.connection(), |c| find().select(Grant::as_select()).first(c)).optional()?;
    Ok(match found {
        Some(grant) => Code::Reused(Box::new(grant)),
        None => Code::Unknown,
    })
}

/// A code is struck off with its first use, and whoever brings it again has stolen it, or was stolen from (RFC 6749
/// §4.1.2; ASVS 10.4.2).
#[enforces(OAUTH_CODE_SINGLE_USE, answers = None)]
fn struck_off(now: Moment) -> Option<Moment> {
    Some(now)
}

/// Binds what will come of a grant to a key.
pub(super) async fn bind(
    transaction: &mut Transaction,
    grant: &mut Grant,
    key: &Thumbprint,
) -> Result<(), StoreError> {
    let id = grant.id;
    each!(transaction.connection(), |c| diesel::update(grants::table.find(id))
        .set(grants::dpop_jkt.eq(Some(key.as_str())))
        .execute(c))?;
    grant.dpop_jkt = Some(key.as_str().to_owned());
    Ok(())
}

/// The grant of that id.
pub(super) async fn by_id(transaction: &mut Transaction, id: GrantId) -> Result<Option<Grant>, StoreError> {
    let found =
        each!(transaction.connection(), |c| grants::table.find(id).select(Grant::as_select()).first(c));
    Ok(found.optional()?)
}

/// Ends a grant with all tokens that came of it.
pub(super) async fn end(
    transaction: &mut Transaction,
    issuer: &str,
    id: GrantId,
    clock: Clock,
) -> Result<(), StoreError> {
    let now = Moment::new(clock.now());
    each!(transaction.connection(), |c| diesel::update(
        grants::table.filter(grants::id.eq(id)).filter(grants::ended_at.is_null())
    )
    .set(grants::ended_at.eq(Some(now)))
    .execute(c))?;
    revocation::revoke(transaction, issuer, Ended::Grant(id), clock).await
}
