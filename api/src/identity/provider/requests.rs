//! Requests that wait: pushed ones for their browser, and those whose browser signs in first.

use super::authorization::{Authorization, Prompt};
use crate::{
    clock::Clock,
    http::problem::Problem,
    identity::secret::{self, Secret256},
    ids::RowId,
    store::{
        prelude::*,
        schema::authorization_requests,
        types::{JsonText, Moment},
    },
};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;

/// How long a pushed request waits (RFC 9126 §4; FAPI 2.0 asks for less than 600 s).
pub(super) const PUSHED_SECONDS: i64 = 60;
/// How long somebody may take to sign in.
const SIGN_IN: Duration = Duration::minutes(10);

/// A request that waits while somebody signs in.
pub(super) struct Waiting {
    pub(super) authorization: Authorization,
    pub(super) since: DateTime<Utc>,
    pub(super) handle: String,
}

/// Keeps a request and answers its handle.
pub(super) async fn keep(
    transaction: &mut Transaction,
    authorization: &Authorization,
    pushed: bool,
    clock: Clock,
) -> Result<Secret256, Problem> {
    let (handle, now) = (Secret256::random()?, clock.now());
    let until = now + if pushed { Duration::seconds(PUSHED_SECONDS) } else { SIGN_IN };
    let values = (
        authorization_requests::id.eq(RowId::random()),
        authorization_requests::handle_hash.eq(handle.hash().to_vec()),
        authorization_requests::pushed.eq(pushed),
        authorization_requests::client_id.eq(authorization.client_id.clone()),
        authorization_requests::parameters.eq(JsonText(json!(authorization))),
        authorization_requests::created_at.eq(Moment::new(now)),
        authorization_requests::expires_at.eq(Moment::new(until)),
    );
    each!(transaction.connection(), |c| diesel::delete(
        authorization_requests::table.filter(authorization_requests::expires_at.lt(Moment::new(now)))
    )
    .execute(c))
    .map_err(StoreError::from)?;
    each!(transaction.connection(), |c| diesel::insert_into(authorization_requests::table)
        .values(values)
        .execute(c))
    .map_err(StoreError::from)?;
    Ok(handle)
}

/// Takes a pushed request of this client, once.
pub(super) async fn take_pushed(
    transaction: &mut Transaction,
    client_id: &str,
    handle: &str,
    clock: Clock,
) -> Result<Option<Authorization>, StoreError> {
    let (hash, now) = (secret::hash(handle).to_vec(), Moment::new(clock.now()));
    #[cfg(feature = "twin")]
    if !crate::protection::Protection::OauthGrants.holds() {
        return super::weak::any_pushed(transaction, &hash).await;
    }
    let taken: Option<JsonText> = each!(transaction.connection(), |c| diesel::update(
        authorization_requests::table
            .filter(authorization_requests::handle_hash.eq(&hash))
            .filter(authorization_requests::client_id.eq(client_id))
            .filter(authorization_requests::pushed.eq(true))
            .filter(authorization_requests::used_at.is_null())
            .filter(authorization_requests::expires_at.gt(now))
    )
    .set(authorization_requests::used_at.eq(Some(now)))
    .returning(authorization_requests::parameters)
    .get_result(c))
    .optional()?;
    Ok(taken.and_then(|parameters| serde_json::from_value(parameters.0).ok()))
}

/// The request that waits under this handle, if it is still to be answered.
pub(super) async fn waiting(
    transaction: &mut Transaction,
    handle: &str,
    clock: Clock,
) -> Result<Option<Waiting>, StoreError> {
    let (hash, now) = (secret::hash(handle).to_vec(), Moment::new(clock.now()));
    let found: Option<(JsonText, Moment)> =
        each!(transaction.connection(), |c| authorization_requests::table
            .filter(authorization_requests::handle_hash.eq(&hash))
            .filter(authorization_requests::pushed.eq(false))
            .filter(authorization_requests::used_at.is_null())
            .filter(authorization_requests::expires_at.gt(now))
            .select((authorization_requests::parameters, authorization_requests::created_at))
            .first(c))
        .optional()?;
    Ok(found.and_then(|(parameters, since)| {
        Some(Waiting {
            authorization: serde_json::from_value(parameters.0).ok()?,
            since: since.time(),
            handle: handle.to_owned(),
        })
    }))
}

/// How many seconds ago somebody may have signed in for the request that waits under this handle, if it says so.
///
/// # Errors
/// When the database is gone.
pub(crate) async fn freshness(
    transaction: &mut Transaction,
    handle: &str,
    clock: Clock,
) -> Result<Option<i32>, StoreError> {
    let waiting = waiting(transaction, handle, clock).await?;
    Ok(waiting.and_then(|waiting| match waiting.authorization.prompt {
        Prompt::Login => Some(0),
        _ => waiting.authorization.max_age.map(|seconds| i32::try_from(seconds).unwrap_or(i32::MAX)),
    }))
}

/// Notes that a waiting request was answered. `false`: somebody was faster.
pub(super) async fn answered(
    transaction: &mut Transaction,
    handle: &str,
    clock: Clock,
) -> Result<bool, StoreError> {
    let (hash, now) = (secret::hash(handle).to_vec(), Moment::new(clock.now()));
    let answered = each!(transaction.connection(), |c| diesel::update(
        authorization_requests::table
            .filter(authorization_requests::handle_hash.eq(&hash))
            .filter(authorization_requests::used_at.is_null())
    )
    .set(authorization_requests::used_at.eq(Some(now)))
    .execute(c))?;
    Ok(answered == 1)
}
