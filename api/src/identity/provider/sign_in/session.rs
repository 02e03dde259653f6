//! From what somebody showed to a session: complete, or waiting for the factor that is missing.

use crate::{
    audit::{Event, EventName, Outcome},
    http::{
        problem::Problem,
        visit::{Cookie, Refusal, Reply, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts::Standing,
        factors::registry,
        provider::authorize::organization,
        sessions::{self, COOKIE, Limits, Origin, Session, SignedIn},
    },
    ids::SessionId,
    protection::MFA_REQUIRED,
    store::prelude::*,
};
use brigandine_enforce::enforces;
use chrono::Duration;
use url::form_urlencoded;

/// How long a session may wait for its second factor.
const WAITS: Duration = Duration::minutes(10);

/// What somebody showed of an account's own credentials, who was nobody before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// The methods (RFC 8176), one space between.
    pub(super) amr: &'static str,
    /// Whether that is two factors: a passkey with user verification.
    pub(super) thorough: bool,
}

/// Begins a session of the account's owner and sends the browser on: to the authorization that waits, or to the factor that
/// is missing.
pub(super) async fn begin(
    visit: &Visit,
    mut transaction: Transaction,
    standing: &Standing,
    shown: Shown,
    handle: Option<&str>,
) -> Result<Reply, Refusal> {
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    let memberships = organization::of(&mut transaction, issuer, standing.id(), &Origin::OWN).await?;
    let ways = registry::ways(&mut transaction, standing.id()).await.map_err(Problem::from)?;
    let waits = is_half_way(ways.any(), shown);
    let signed_in = SignedIn {
        standing,
        origin: Origin::OWN,
        at: None,
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
        sessions::end(&mut transaction, issuer, before.id, clock).await?;
    }
    let (session, secret) = sessions::begin(&mut transaction, visit, signed_in).await?;
    if !waits {
        record(visit, &mut transaction, standing, session, &Origin::OWN).await?;
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

/// Whether a factor is missing: an account that has a second one is not opened by the first (ASVS 6.3.3).
#[enforces(MFA_REQUIRED, answers = false)]
fn is_half_way(has_factor: bool, shown: Shown) -> bool {
    has_factor && !shown.thorough
}

/// Completes the session that waited for a code, by one that takes its place.
pub(super) async fn complete(
    visit: &Visit,
    mut transaction: Transaction,
    standing: &Standing,
    waiting: &Session,
    handle: Option<&str>,
) -> Result<Reply, Refusal> {
    let (session, cookie) = succeed(visit, &mut transaction, standing, waiting, "otp").await?;
    record(visit, &mut transaction, standing, session, &waiting.origin).await?;
    transaction.commit().await?;
    let next = match handle {
        Some(_) => onward("/oauth2/continue", handle),
        None => "/account".to_owned(),
    };
    Ok(Reply::see_other(&next).with_cookie(&cookie))
}

/// Puts a stronger session in the place of another one, whose holder has just shown a further factor. It has a new secret
/// (CWE-384) and the origin of the one before: who came by a provider's word is not thereby the account's owner.
pub(in crate::identity) async fn succeed(
    visit: &Visit,
    transaction: &mut Transaction,
    standing: &Standing,
    before: &Session,
    methods: &str,
) -> Result<(SessionId, Cookie), Refusal> {
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    let origin = before.origin.inherited();
    let memberships = organization::of(transaction, issuer, standing.id(), &origin).await?;
    sessions::end(transaction, issuer, before.id, clock).await?;
    let signed_in = SignedIn {
        standing,
        origin,
        at: None,
        acr: Some("2"),
        amr: &together(&before.amr, methods),
        limits: Limits::of(memberships.iter().map(|membership| membership.role)),
    };
    let (session, secret) = sessions::begin(transaction, visit, signed_in).await?;
    Ok((session, Cookie::new(COOKIE, secret.as_str())))
}

/// The methods of before, and those that were used now.
fn together(before: &str, now: &str) -> String {
    let mut methods: Vec<&str> = before.split(' ').collect();
    methods.extend(now.split(' ').filter(|method| !before.split(' ').any(|known| known == *method)));
    methods.join(" ")
}

/// Every organization that the session reaches has it in its log.
async fn record(
    visit: &Visit,
    transaction: &mut Transaction,
    standing: &Standing,
    session: SessionId,
    origin: &Origin,
) -> Result<(), StoreError> {
    let event = Event {
        object_type: Some("session"),
        objects: vec![*session.as_uuid()],
        ..visit.event(EventName::AuthnLoginSuccess, Outcome::Success, None)
    };
    let issuer = visit.service.identifier.as_str();
    account_events::record(transaction, issuer, standing.id(), By::Themselves(origin), &event).await
}

/// The session of a visit, if it waits for its second factor and may still do so.
pub(super) async fn waiting(
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

#[cfg(test)]
mod tests {
    use super::together;

    #[test]
    fn methods_are_added_and_none_is_made_up() {
        assert_eq!(together("pwd", "otp"), "pwd otp");
        assert_eq!(together("fed", "otp"), "fed otp");
        assert_eq!(together("pwd otp", "otp"), "pwd otp");
        assert_eq!(together("pwd otp", "pop mfa"), "pwd otp pop mfa");
    }
}
