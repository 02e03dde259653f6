//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): a provider says that somebody signed out there.

use super::{
    FederationRefusal, id_token,
    providers::{self, Provider},
};
use crate::{
    audit::{self, EventName, Outcome, Reason},
    http::visit::{OAuthError, Refusal, Reply, Visit},
    identity::{
        claims::{Audience, not_null, numeric_date, some_numeric_date},
        jws::Jws,
        replay::OneUse,
        sessions,
    },
    protection::SESSION_TERMINATION,
    store::prelude::*,
};
use actix_web::http::StatusCode;
use brigandine_enforce::enforces;
use serde::{Deserialize, de::IgnoredAny};
use std::collections::HashMap;

/// Seconds that clocks may differ.
const SKEW: i64 = 10;
/// How old a logout token may be, in seconds.
const OLDEST: i64 = 120;

/// A logout token's claims (§2.4).
#[derive(Deserialize)]
struct LogoutToken {
    iss: String,
    aud: Audience,
    #[serde(deserialize_with = "numeric_date")]
    iat: i64,
    #[serde(default, deserialize_with = "some_numeric_date")]
    exp: Option<i64>,
    jti: String,
    events: Events,
    sub: Option<String>,
    sid: Option<String>,
    /// Forbidden, so that no logout token passes for an ID token (§2.4).
    #[serde(default, deserialize_with = "not_null")]
    nonce: Option<IgnoredAny>,
}

/// What the token says has happened; what else it may speak of does not matter here.
#[derive(Deserialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logout: Option<HashMap<String, IgnoredAny>>,
}

/// Who is spoken of, before anything is believed: only to find the providers whose keys decide.
#[derive(Deserialize)]
struct Addressed {
    iss: String,
    aud: Audience,
}

/// `POST /signin/backchannel-logout`. Several organizations may name one issuer, and be called the same there: the token is
/// judged for each by what that one knows of the issuer, and ends the sessions of those for which it is valid, no others.
pub(super) async fn logout(visit: &mut Visit) -> Result<Reply, Refusal> {
    let token = visit.form.get("logout_token").ok_or_else(|| refused(Reason::LOGOUT_TOKEN_MISSING))?;
    let mut refusal = refused(Reason::LOGOUT_TOKEN_ISS);
    let mut valid = Vec::new();
    for provider in addressed(visit, token).await? {
        match judged(visit, &provider, token).await {
            Ok(claims) => valid.push((provider, claims)),
            Err(error) => refusal = refused(error.reason().ok_or(error)?),
        }
    }
    if valid.is_empty() {
        return Err(refusal);
    }
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let mut is_new = false;
    for (provider, claims) in &valid {
        is_new |= end(visit, &mut transaction, provider, claims).await?;
    }
    if !is_new {
        return Err(refused(Reason::LOGOUT_TOKEN_REPLAYED));
    }
    transaction.commit().await?;
    Ok(Reply::empty(StatusCode::OK))
}

const fn refused(reason: Reason) -> Refusal {
    Refusal::oauth(OAuthError::InvalidRequest, reason)
}

/// The claims of a token that is valid for this provider, or why it is not.
async fn judged(visit: &Visit, provider: &Provider, token: &str) -> Result<LogoutToken, FederationRefusal> {
    let service = &visit.service;
    let types = [Some("logout+jwt"), Some("application/logout+jwt")];
    let claims: LogoutToken = id_token::verified(&service.federation, provider, token, &types).await?;
    check(&claims, provider, service.clock.unix_seconds()).map_err(FederationRefusal::Invalid)?;
    Ok(claims)
}

/// Ends the sessions that this provider began for whoever signed out there. `false`: by this token they were ended before.
async fn end(
    visit: &Visit,
    transaction: &mut Transaction,
    provider: &Provider,
    claims: &LogoutToken,
) -> Result<bool, Refusal> {
    let service = &visit.service;
    let expires = claims.iat.saturating_add(OLDEST + SKEW);
    let once = OneUse::new("logout-token", &provider.id.to_string(), &claims.jti, expires);
    if !once.spend(transaction, service.clock).await? {
        return Ok(false);
    }
    let (sub, sid) = (claims.sub.as_deref(), claims.sid.as_deref());
    for session in sessions::vouched_by(transaction, provider.id, sub, sid).await? {
        if sessions::end(transaction, &service.identifier, session, service.clock).await? {
            let event = audit::Event {
                organization: Some(provider.organization),
                object_type: Some("session"),
                objects: vec![*session.as_uuid()],
                ..visit.event(EventName::SessionEnded, Outcome::Success, None)
            };
            audit::write(transaction, &event).await?;
        }
    }
    Ok(true)
}

/// The active providers that the token is from and for, as it says.
async fn addressed(visit: &Visit, token: &str) -> Result<Vec<Provider>, FederationRefusal> {
    let Some(Addressed { iss, aud }) = Jws::read(token).and_then(|token| token.claims()) else {
        return Ok(Vec::new());
    };
    let Some(client_id) = aud.only() else { return Ok(Vec::new()) };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let found = providers::active_named(&mut transaction, &visit.service.keyring, &iss, client_id).await?;
    transaction.release();
    Ok(found)
}

fn check(claims: &LogoutToken, provider: &Provider, now: i64) -> Result<(), Reason> {
    if claims.iss != provider.issuer || !claims.aud.is_only(&provider.client_id) {
        return Err(Reason::LOGOUT_TOKEN_ISS);
    }
    check_times(claims, now)?;
    check_event(claims)?;
    check_no_id_token(claims)?;
    check_somebody(claims)?;
    check_id(claims)
}

/// It is of just now: an old one that somebody kept would sign people out whenever he likes (§2.6).
#[enforces(SESSION_TERMINATION)]
fn check_times(claims: &LogoutToken, now: i64) -> Result<(), Reason> {
    let fresh = claims.iat <= now.saturating_add(SKEW) && claims.iat >= now.saturating_sub(OLDEST);
    let is_over = claims.exp.is_some_and(|exp| now >= exp.saturating_add(SKEW));
    if fresh && !is_over { Ok(()) } else { Err(Reason::LOGOUT_TOKEN_TIME) }
}

/// It says that somebody signed out, and not something else that providers tell (§2.4).
#[enforces(SESSION_TERMINATION)]
fn check_event(claims: &LogoutToken) -> Result<(), Reason> {
    if claims.events.logout.is_some() { Ok(()) } else { Err(Reason::LOGOUT_TOKEN_EVENTS) }
}

/// It is no ID token: those have a nonce, and are in many hands (§2.4).
#[enforces(SESSION_TERMINATION)]
fn check_no_id_token(claims: &LogoutToken) -> Result<(), Reason> {
    if claims.nonce.is_none() { Ok(()) } else { Err(Reason::LOGOUT_TOKEN_NONCE) }
}

/// It says who signed out: else everybody would be (§2.4).
#[enforces(SESSION_TERMINATION)]
fn check_somebody(claims: &LogoutToken) -> Result<(), Reason> {
    if claims.sub.is_some() || claims.sid.is_some() { Ok(()) } else { Err(Reason::LOGOUT_TOKEN_NOBODY) }
}

/// It has a name by which it is known again: it counts once (§2.6).
#[enforces(SESSION_TERMINATION)]
fn check_id(claims: &LogoutToken) -> Result<(), Reason> {
    if (1..=255).contains(&claims.jti.len()) { Ok(()) } else { Err(Reason::LOGOUT_TOKEN_JTI) }
}

#[cfg(test)]
mod tests {
    use super::{LogoutToken, Reason, check};
    use crate::identity::federation::tests::provider;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;
    /// §2.4
    const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

    fn refusal(name: &str, value: Value) -> Option<Reason> {
        let mut claims = json!({
            "iss": "https://idp.example.org/clinic", "aud": "brigandine", "iat": NOW, "exp": NOW + 120, "jti": "1",
            "events": { EVENT: {} }, "sub": "248289761001",
        });
        claims[name] = value;
        let claims: Result<LogoutToken, _> = serde_json::from_value(claims);
        claims.map_or(Some(Reason::ID_TOKEN_CLAIMS), |claims| check(&claims, &provider(), NOW).err())
    }

    #[test]
    fn a_logout_token_says_all_that_it_must_and_nothing_of_an_id_token() {
        assert_eq!(refusal("sid", json!("s")), None);
        assert_eq!(refusal("aud", json!(["brigandine", "other"])), Some(Reason::LOGOUT_TOKEN_ISS));
        assert_eq!(refusal("iss", json!("https://other.example")), Some(Reason::LOGOUT_TOKEN_ISS));
        assert_eq!(refusal("iat", json!(NOW - 121)), Some(Reason::LOGOUT_TOKEN_TIME));
        assert_eq!(refusal("iat", json!(NOW + 11)), Some(Reason::LOGOUT_TOKEN_TIME));
        assert_eq!(refusal("exp", json!(NOW - 10)), Some(Reason::LOGOUT_TOKEN_TIME));
        assert_eq!(refusal("events", json!({ "other": {} })), Some(Reason::LOGOUT_TOKEN_EVENTS));
        assert_eq!(refusal("events", json!({ EVENT: "yes" })), Some(Reason::ID_TOKEN_CLAIMS));
        assert_eq!(refusal("events", json!({ EVENT: { "a": [1] }, "other": 7 })), None);
        assert_eq!(refusal("iat", json!(1_800_000_000.5)), None);
        assert_eq!(refusal("nonce", json!("n")), Some(Reason::LOGOUT_TOKEN_NONCE));
        assert_eq!(refusal("nonce", Value::Null), Some(Reason::LOGOUT_TOKEN_NONCE));
        assert_eq!(refusal("sub", Value::Null), Some(Reason::LOGOUT_TOKEN_NOBODY));
        assert_eq!(refusal("jti", json!("")), Some(Reason::LOGOUT_TOKEN_JTI));
    }
}
