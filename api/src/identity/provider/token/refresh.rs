//! A refresh token for new tokens (RFC 6749 §6): rotated for public clients, each works once; for confidential ones bound
//! to what they authenticate with.
//!
//! One that comes a second time was stolen, and everything that came of the same authorization ends (RFC 9700 §4.14.2);
//! but for a moment after its first use, while the answer to that may have been lost: then it is answered once more, as
//! long as nobody has used what it was first changed for.

use super::{
    issue::{self, Tokens},
    possession,
};
use crate::{
    audit::{EventName, Reason},
    clock::Clock,
    http::visit::{OAuthError, Refusal, Visit},
    identity::{
        dpop::Thumbprint,
        provider::{
            clients::{Client, ClientKind},
            grants::{self, Grant},
        },
        secret, sessions,
    },
    ids::{GrantId, RowId},
    protection::{OAUTH_REFRESH_REUSE, SESSION_TERMINATION},
    store::{prelude::*, schema::refresh_tokens, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::Duration;

/// How long a lost answer is answered again.
const GRACE: Duration = Duration::seconds(10);

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = refresh_tokens)]
struct Row {
    id: RowId,
    grant_id: GrantId,
    parent_id: Option<RowId>,
    used_at: Option<Moment>,
}

/// Changes a refresh token for new tokens.
pub(super) async fn renew(
    visit: &Visit,
    transaction: &mut Transaction,
    client: &Client,
    bound_to: Option<&Thumbprint>,
) -> Result<(Grant, Tokens), Refusal> {
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    let token = visit
        .form
        .get("refresh_token")
        .ok_or(Refusal::oauth(OAuthError::InvalidRequest, Reason::REFRESH_TOKEN))?;
    let row = find(transaction, token).await?.ok_or(refused(Reason::REFRESH_UNKNOWN))?;
    let grant = grants::by_id(transaction, row.grant_id).await?.ok_or(refused(Reason::REFRESH_UNKNOWN))?;
    check_client(&grant, client)?;
    let key = grant.dpop_jkt.as_deref();
    if key.is_some_and(|key| bound_to.is_none_or(|own| own.as_str() != key)) {
        return Err(possession::other_key());
    }
    // A thief of a confidential client's token lacks the client's own key; a lost answer would lock out the client
    // (FAPI 2.0 SP §5.3.2.1: no rotation).
    let rotates = client.kind == ClientKind::Public;
    if rotates && !use_once(visit, transaction, &row).await? {
        grants::end(transaction, issuer, grant.id, clock).await?;
        return Err(refused(Reason::REFRESH_REUSED).known_as(EventName::AuthnTokenReuse));
    }
    check_family(&grant)?;
    check_expiry(&grant, clock)?;
    let session =
        sessions::by_id(transaction, grant.session_id).await?.ok_or(refused(Reason::SESSION_ENDED))?;
    if let Err(over) = session.stands(clock.now()) {
        sessions::end(transaction, issuer, session.id, clock).await?;
        return Err(refused(over.reason()).known_as(EventName::SessionExpired));
    }
    let scope = narrowed(&grant, visit.form.get("scope"))?;
    sessions::touch(transaction, session.id, clock).await?;
    let tokens = if rotates {
        issue::all(visit, transaction, client, &grant, &scope, Some(row.id)).await?
    } else {
        issue::without_refresh(visit, client, &grant, &scope)?
    };
    Ok((grant, tokens))
}

/// The grant that a refresh token came of.
pub(in crate::identity::provider) async fn grant_of(
    transaction: &mut Transaction,
    token: &str,
) -> Result<Option<Grant>, StoreError> {
    match find(transaction, token).await? {
        Some(row) => grants::by_id(transaction, row.grant_id).await,
        None => Ok(None),
    }
}

/// A refresh token is the client's that it was given to (RFC 6749 §6).
#[enforces(OAUTH_REFRESH_REUSE)]
fn check_client(grant: &Grant, client: &Client) -> Result<(), Refusal> {
    if grant.client_id == client.client_id { Ok(()) } else { Err(refused(Reason::REFRESH_CLIENT)) }
}

/// Nothing is renewed of a family that ended, with whichever of its tokens: whoever copied one may have the newest as
/// well (RFC 9700 §4.14.2).
#[enforces(OAUTH_REFRESH_REUSE)]
fn check_family(grant: &Grant) -> Result<(), Refusal> {
    if has_ended(grant) { Err(refused(Reason::REFRESH_ENDED)) } else { Ok(()) }
}

/// A grant ends with the session that it was given in (ASVS 7.4.1).
#[enforces(SESSION_TERMINATION, answers = false)]
fn has_ended(grant: &Grant) -> bool {
    grant.ended_at.is_some()
}

/// Whatever is renewed, what was granted ends on its day (RFC 9700 §4.14.2).
#[enforces(OAUTH_REFRESH_REUSE)]
fn check_expiry(grant: &Grant, clock: Clock) -> Result<(), Refusal> {
    if clock.now() < grant.expires_at.time() {
        return Ok(());
    }
    Err(refused(Reason::REFRESH_EXPIRED).known_as(EventName::SessionExpired))
}

const fn refused(reason: Reason) -> Refusal {
    Refusal::oauth(OAuthError::InvalidGrant, reason)
}

/// What is stored of a token: who reads the table can renew nothing (ASVS 11.4.1).
#[enforces(OAUTH_REFRESH_REUSE, otherwise = crate::vulnerable::identity::in_clear)]
pub(super) fn stored(token: &str) -> Vec<u8> {
    secret::hash(token).to_vec()
}

async fn find(transaction: &mut Transaction, token: &str) -> Result<Option<Row>, StoreError> {
    let hash = stored(token);
    let found = each!(transaction.connection(), |c| refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(&hash))
        .select(Row::as_select())
        .first(c));
    Ok(found.optional()?)
}

/// Marks the token as used, and its siblings with it: of two answers to the same token one was lost. `false`: it was used
/// before, and not just now, so that there are two who have it (RFC 9700 §4.14.2).
#[enforces(OAUTH_REFRESH_REUSE, answers = Ok(true))]
async fn use_once(visit: &Visit, transaction: &mut Transaction, row: &Row) -> Result<bool, StoreError> {
    let now = Moment::new(visit.service.clock.now());
    let first = each!(transaction.connection(), |c| diesel::update(
        refresh_tokens::table.filter(refresh_tokens::id.eq(row.id)).filter(refresh_tokens::used_at.is_null())
    )
    .set(refresh_tokens::used_at.eq(Some(now)))
    .execute(c))?
        == 1;
    if first {
        if let Some(parent) = row.parent_id {
            each!(transaction.connection(), |c| diesel::update(
                refresh_tokens::table
                    .filter(refresh_tokens::parent_id.eq(parent))
                    .filter(refresh_tokens::used_at.is_null())
            )
            .set(refresh_tokens::used_at.eq(Some(now)))
            .execute(c))?;
        }
        return Ok(true);
    }
    let children: Vec<Option<Moment>> = each!(transaction.connection(), |c| refresh_tokens::table
        .filter(refresh_tokens::parent_id.eq(row.id))
        .select(refresh_tokens::used_at)
        .load(c))?;
    let just_now = row.used_at.is_some_and(|used| now.time() - used.time() <= GRACE);
    Ok(just_now && matches!(children.as_slice(), [None]))
}

/// Nobody renews for more than was granted (RFC 6749 §6).
#[enforces(OAUTH_REFRESH_REUSE)]
fn check_within(granted: &[&str], asked: &str) -> Result<(), Refusal> {
    if asked.split(' ').all(|word| granted.contains(&word)) {
        return Ok(());
    }
    Err(Refusal::oauth(OAuthError::InvalidScope, Reason::SCOPE))
}

/// The scopes asked for, which may be fewer than granted and never more (RFC 6749 §6).
fn narrowed(grant: &Grant, asked: Option<&str>) -> Result<String, Refusal> {
    let Some(asked) = asked else { return Ok(grant.scope.clone()) };
    let granted: Vec<&str> = grant.scope.split(' ').collect();
    check_within(&granted, asked)?;
    Ok(asked.to_owned())
}
