//! From what somebody showed to a session: complete, or waiting for the factor that is missing.

use super::record;
use crate::{
    http::{
        problem::Problem,
        visit::{Cookie, Refusal, Reply, Visit},
    },
    identity::{
        factors::registry,
        provider::authorize::organization,
        sessions::{self, COOKIE, Limits, Session, SignedIn},
    },
    ids::AccountId,
    protection::Protection,
    store::prelude::*,
};
use chrono::Duration;
use url::form_urlencoded;

/// How long a session may wait for its second factor.
const WAITS: Duration = Duration::minutes(10);

/// What somebody showed.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) struct Shown {
    /// Whose it is.
    pub(in crate::identity) account: AccountId,
    /// The methods (RFC 8176), one space between.
    pub(in crate::identity) amr: &'static str,
    /// Whether that is two factors: a password and a code, or a passkey with user verification.
    pub(in crate::identity) thorough: bool,
}

/// Begins a session and sends the browser on: to the authorization that waits, or to the factor that is missing. Whichever
/// way somebody comes in, they pass here.
pub(in crate::identity) async fn begin(
    visit: &Visit,
    mut transaction: Transaction,
    shown: Shown,
    handle: Option<&str>,
) -> Result<Reply, Refusal> {
    let clock = visit.service.clock;
    let memberships = organization::of(&mut transaction, visit, shown.account).await?;
    let ways = registry::ways(&mut transaction, shown.account).await.map_err(Problem::from)?;
    let waits = ways.any() && !shown.thorough && Protection::MfaRequired.holds();
    let signed_in = SignedIn {
        account: shown.account,
        acr: match (waits, shown.thorough) {
            (true, _) => None,
            (false, true) => Some("2"),
            (false, false) => Some("1"),
        },
        amr: shown.amr,
        limits: Limits::of(memberships.iter().map(|membership| membership.role)),
    };
    // The session that waited was known to whoever knew the password only; what comes after it has a new secret.
    let before = sessions::of_visit(&mut transaction, visit).await?;
    if let Some(before) = before.filter(|before| !before.is_complete()) {
        sessions::end(&mut transaction, &visit.service.identifier, before.id, clock).await?;
    }
    let (session, secret) = sessions::begin(&mut transaction, visit, signed_in).await?;
    if !waits {
        record(visit, &mut transaction, shown.account, session, &memberships).await?;
    }
    transaction.commit().await?;
    let enrols = !ways.any() && memberships.iter().any(|membership| membership.role.needs_second_factor());
    let next = match (waits, enrols, handle) {
        (true, _, _) => onward("/signin/factor", handle),
        (_, true, _) => onward("/account/factors/totp", handle),
        (_, _, Some(_)) => onward("/oauth2/continue", handle),
        (_, _, None) => "/account".to_owned(),
    };
    Ok(Reply::see_other(&next).with_cookie(&Cookie::new(COOKIE, secret.as_str())))
}

/// Begins a session in the place of all others of the account, after its owner has shown a new factor. Answers its cookie.
pub(in crate::identity) async fn replace(
    visit: &Visit,
    transaction: &mut Transaction,
    shown: Shown,
) -> Result<Cookie, Refusal> {
    let memberships = organization::of(transaction, visit, shown.account).await?;
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    sessions::end_all(transaction, issuer, shown.account, None, clock).await?;
    let signed_in = SignedIn {
        account: shown.account,
        acr: Some(if shown.thorough { "2" } else { "1" }),
        amr: shown.amr,
        limits: Limits::of(memberships.iter().map(|membership| membership.role)),
    };
    let (_, secret) = sessions::begin(transaction, visit, signed_in).await?;
    Ok(Cookie::new(COOKIE, secret.as_str()))
}

/// The session of a visit, if it waits for its second factor and may still do so.
pub(in crate::identity) async fn waiting(
    transaction: &mut Transaction,
    visit: &Visit,
) -> Result<Option<Session>, StoreError> {
    let now = visit.service.clock.now();
    let session = sessions::of_visit(transaction, visit).await?;
    Ok(session.filter(|session| {
        session.stands(now).is_ok() && !session.is_complete() && now - session.created_at.time() < WAITS
    }))
}

/// A path, with the authorization that waits behind it.
pub(in crate::identity) fn onward(path: &str, handle: Option<&str>) -> String {
    let Some(handle) = handle else { return path.to_owned() };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("transaction", handle).finish();
    format!("{path}?{query}")
}
