//! The end of a session, with everything that came of it.

use crate::{
    clock::Clock,
    identity::revocation::{self, Ended},
    ids::{AccountId, SessionId},
    store::{
        prelude::*,
        schema::{grants, sessions},
        types::Moment,
    },
};

/// Ends a session: its cookie, the grants given in it, and the tokens that came of them. Answers whether it stood.
///
/// # Errors
/// When the database is gone.
pub async fn end(
    transaction: &mut Transaction,
    issuer: &str,
    id: SessionId,
    clock: Clock,
) -> Result<bool, StoreError> {
    let now = Moment::new(clock.now());
    let ended = each!(transaction.connection(), |c| diesel::update(
        sessions::table.filter(sessions::id.eq(id)).filter(sessions::ended_at.is_null())
    )
    .set(sessions::ended_at.eq(Some(now)))
    .execute(c))?;
    each!(transaction.connection(), |c| diesel::update(
        grants::table.filter(grants::session_id.eq(id)).filter(grants::ended_at.is_null())
    )
    .set(grants::ended_at.eq(Some(now)))
    .execute(c))?;
    revocation::revoke(transaction, issuer, Ended::Session(id), clock).await?;
    Ok(ended == 1)
}

/// Ends the sessions of an account in which a factor is still missing.
///
/// # Errors
/// When the database is gone.
pub async fn end_half_open(
    transaction: &mut Transaction,
    issuer: &str,
    account: AccountId,
    clock: Clock,
) -> Result<(), StoreError> {
    let waiting: Vec<SessionId> = each!(transaction.connection(), |c| sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::acr.is_null())
        .filter(sessions::ended_at.is_null())
        .select(sessions::id)
        .load(c))?;
    for session in waiting {
        end(transaction, issuer, session, clock).await?;
    }
    Ok(())
}

/// Ends all sessions of an account but one: after its password or a factor changed, and when its owner says so. Answers
/// how many stood.
///
/// # Errors
/// When the database is gone.
pub async fn end_all(
    transaction: &mut Transaction,
    issuer: &str,
    account: AccountId,
    but: Option<SessionId>,
    clock: Clock,
) -> Result<usize, StoreError> {
    let standing: Vec<SessionId> = each!(transaction.connection(), |c| sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .select(sessions::id)
        .load(c))?;
    let mut ended = 0;
    for session in standing.into_iter().filter(|session| Some(*session) != but) {
        ended += usize::from(end(transaction, issuer, session, clock).await?);
    }
    Ok(ended)
}
