//! Requests that wait: pushed ones for their browser, and those whose browser signs in first.
//!
//! A handle alone opens nothing. What was pushed is its client's; what waits is the browser's in which it waits, so that a
//! request that somebody prepared at home can't be handed to another, who would go on with it.

use super::authorization::Authorization;
use crate::{
    clock::Clock,
    http::{problem::Problem, visit::Visit},
    identity::secret::{self, Secret256},
    ids::{AccountId, OrganizationId, RowId},
    protection::OAUTH_GRANTS,
    store::{
        prelude::*,
        schema::authorization_requests,
        types::{JsonText, Moment},
    },
};
use brigandine_enforce::enforces;
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long a pushed request waits (RFC 9126 §4; FAPI 2.0 asks for less than 600 s).
pub(super) const PUSHED_SECONDS: i64 = 60;
/// How long somebody may take to sign in.
const SIGN_IN: Duration = Duration::minutes(10);

/// A request that waits in this browser while somebody signs in.
pub(super) struct Waiting {
    pub(super) authorization: Authorization,
    pub(super) since: DateTime<Utc>,
    pub(super) handle: String,
    /// What the consent page asked last.
    pub(super) question: Option<Question>,
}

/// What a consent page asks: whether this account, in this organization, lets a client have these scopes. The client is the
/// request's, which never changes. The answer counts for exactly this: with anything else somebody is asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) account: AccountId,
    pub(super) organization: OrganizationId,
    pub(super) scope: String,
}

/// Keeps what a client pushed and answers its handle.
pub(super) async fn push(
    transaction: &mut Transaction,
    authorization: &Authorization,
    clock: Clock,
) -> Result<Secret256, Problem> {
    keep(transaction, authorization, None, Duration::seconds(PUSHED_SECONDS), clock).await
}

/// Lets a request wait in this browser and answers its handle. A browser that can't be recognised yet gets its cookie.
pub(super) async fn wait(
    transaction: &mut Transaction,
    visit: &mut Visit,
    authorization: &Authorization,
) -> Result<Secret256, Problem> {
    let browser = secret::hash(visit.recognisable()?).to_vec();
    keep(transaction, authorization, Some(browser), SIGN_IN, visit.service.clock).await
}

async fn keep(
    transaction: &mut Transaction,
    authorization: &Authorization,
    browser: Option<Vec<u8>>,
    life: Duration,
    clock: Clock,
) -> Result<Secret256, Problem> {
    let (handle, now) = (Secret256::random()?, clock.now());
    let values = (
        authorization_requests::id.eq(RowId::random()),
        authorization_requests::handle_hash.eq(handle.hash().to_vec()),
        authorization_requests::pushed.eq(browser.is_none()),
        authorization_requests::browser_hash.eq(browser),
        authorization_requests::client_id.eq(authorization.client_id.clone()),
        authorization_requests::parameters.eq(JsonText(json!(authorization))),
        authorization_requests::created_at.eq(Moment::new(now)),
        authorization_requests::expires_at.eq(Moment::new(now + life)),
    );
    each!(transaction.connection(), |c| diesel::insert_into(authorization_requests::table)
        .values(values)
        .execute(c))
    .map_err(StoreError::from)?;
    Ok(handle)
}

/// Writes down what somebody is asked about a waiting request. The request itself stays as the client made it.
pub(super) async fn ask(
    transaction: &mut Transaction,
    handle: &str,
    question: &Question,
) -> Result<(), StoreError> {
    let (hash, question) = (secret::hash(handle).to_vec(), JsonText(json!(question)));
    each!(transaction.connection(), |c| diesel::update(
        authorization_requests::table
            .filter(authorization_requests::handle_hash.eq(&hash))
            .filter(authorization_requests::used_at.is_null())
    )
    .set(authorization_requests::question.eq(Some(question)))
    .execute(c))?;
    Ok(())
}

/// Takes a pushed request: of the client that pushed it, once, and within a minute. Whoever sees the handle in an
/// address can do nothing with it (RFC 9126 §4, §7.1).
#[enforces(OAUTH_GRANTS, otherwise = crate::vulnerable::identity::provider::any_pushed)]
pub(super) async fn take_pushed(
    transaction: &mut Transaction,
    client_id: &str,
    handle: &str,
    clock: Clock,
) -> Result<Option<Authorization>, StoreError> {
    let (hash, now) = (secret::hash(handle).to_vec(), Moment::new(clock.now()));
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

type Found = (JsonText, Moment, Option<Vec<u8>>, Option<JsonText>);

/// The request that waits under this handle in this very browser, if it is still to be answered.
pub(super) async fn waiting(
    transaction: &mut Transaction,
    visit: &Visit,
    handle: &str,
) -> Result<Option<Waiting>, StoreError> {
    let (hash, now) = (secret::hash(handle).to_vec(), Moment::new(visit.service.clock.now()));
    let found: Option<Found> = each!(transaction.connection(), |c| authorization_requests::table
        .filter(authorization_requests::handle_hash.eq(&hash))
        .filter(authorization_requests::pushed.eq(false))
        .filter(authorization_requests::used_at.is_null())
        .filter(authorization_requests::expires_at.gt(now))
        .select((
            authorization_requests::parameters,
            authorization_requests::created_at,
            authorization_requests::browser_hash,
            authorization_requests::question,
        ))
        .first(c))
    .optional()?;
    let Some((parameters, since, browser, question)) = found else { return Ok(None) };
    if !is_of_this_browser(browser.as_deref(), visit) {
        return Ok(None);
    }
    Ok(serde_json::from_value(parameters.0).ok().map(|authorization| Waiting {
        authorization,
        since: since.time(),
        handle: handle.to_owned(),
        question: question.and_then(|question| serde_json::from_value(question.0).ok()),
    }))
}

/// Whether a request waits in this browser. Begun elsewhere, by somebody else, it is another's: whoever went on with it
/// here would answer what that one was asked (CWE-352).
#[enforces(OAUTH_GRANTS, answers = true)]
fn is_of_this_browser(browser: Option<&[u8]>, visit: &Visit) -> bool {
    browser.is_some_and(|hash| hash == secret::hash(visit.browser()))
}

/// How many seconds ago somebody may have signed in for the request that waits under this handle, if it says so.
///
/// # Errors
/// When the database is gone.
pub(crate) async fn freshness(
    transaction: &mut Transaction,
    visit: &Visit,
    handle: &str,
) -> Result<Option<i32>, StoreError> {
    let waiting = waiting(transaction, visit, handle).await?;
    Ok(waiting.and_then(|Waiting { authorization, .. }| {
        let asked = if authorization.prompt.login { Some(0) } else { authorization.max_age };
        asked.map(|seconds| i32::try_from(seconds).unwrap_or(i32::MAX))
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
