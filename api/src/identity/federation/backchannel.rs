//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): a provider says that somebody signed out there.

use super::{
    FederationRefusal, id_token,
    providers::{self, Provider},
    vouched,
};
use crate::{
    audit::{self, EventName, Outcome},
    http::visit::{OAuthError, Refusal, Reply, Visit},
    identity::{jws::Jws, replay::OneUse, sessions},
    store::prelude::*,
};
use actix_web::http::StatusCode;
use serde::{Deserialize, de::IgnoredAny};
use std::collections::HashMap;

/// The event that a logout token must carry (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds that clocks may differ.
const SKEW: i64 = 10;
/// How old a logout token may be, in seconds.
const OLDEST: i64 = 120;

/// A logout token's claims (§2.4).
#[derive(Deserialize)]
struct LogoutToken {
    iss: String,
    aud: id_token::Audience,
    iat: i64,
    exp: Option<i64>,
    jti: String,
    events: HashMap<String, serde_json::Map<String, serde_json::Value>>,
    sub: Option<String>,
    sid: Option<String>,
    /// Forbidden, so that no logout token passes for an ID token (§2.4).
    nonce: Option<IgnoredAny>,
}

/// Who is spoken of, before anything is believed: only to find the provider whose keys decide.
#[derive(Deserialize)]
struct Addressed {
    iss: String,
    aud: id_token::Audience,
}

/// `POST /signin/backchannel-logout`
pub(super) async fn logout(visit: &mut Visit) -> Result<Reply, Refusal> {
    let refused = |reason| Refusal::oauth(OAuthError::InvalidRequest, reason);
    let token = visit.form.get("logout_token").ok_or_else(|| refused("logout_token.missing"))?;
    let provider = addressed(visit, token).await?.ok_or_else(|| refused("logout_token.iss"))?;
    let service = &visit.service;
    let types = [Some("logout+jwt"), Some("application/logout+jwt")];
    let claims = id_token::verified::<LogoutToken>(&service.federation, &provider, token, &types).await;
    let claims = claims.map_err(|error| refused(error.reason().unwrap_or("logout_token.unavailable")))?;
    check(&claims, &provider, service.clock.unix_seconds()).map_err(refused)?;

    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let expires = claims.iat.saturating_add(OLDEST + SKEW);
    let once = OneUse::new("logout-token", &provider.id.to_string(), &claims.jti, expires);
    if !once.spend(&mut transaction, service.clock).await? {
        return Err(refused("logout_token.replayed"));
    }
    let (sub, sid) = (claims.sub.as_deref(), claims.sid.as_deref());
    for session in vouched::of(&mut transaction, provider.id, sub, sid).await? {
        if sessions::end(&mut transaction, &service.identifier, session, service.clock).await? {
            let event = audit::Event {
                organization: Some(provider.organization),
                object_type: Some("session"),
                objects: vec![*session.as_uuid()],
                ..visit.event(EventName::SessionEnded, Outcome::Success, None)
            };
            audit::write(&mut transaction, &event).await?;
        }
    }
    transaction.commit().await?;
    Ok(Reply::empty(StatusCode::OK))
}

/// The active provider that the token is from and for, as it says.
async fn addressed(visit: &Visit, token: &str) -> Result<Option<Provider>, FederationRefusal> {
    let Some(Addressed { iss, aud }) = Jws::read(token).and_then(|token| token.claims()) else {
        return Ok(None);
    };
    let Some(client_id) = aud.only() else { return Ok(None) };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let found = providers::active_named(&mut transaction, &visit.service.keyring, &iss, client_id).await?;
    transaction.release();
    Ok(found)
}

fn check(claims: &LogoutToken, provider: &Provider, now: i64) -> Result<(), &'static str> {
    if claims.iss != provider.issuer || !claims.aud.is_only(&provider.client_id) {
        return Err("logout_token.aud");
    }
    let fresh = claims.iat <= now.saturating_add(SKEW) && claims.iat >= now.saturating_sub(OLDEST);
    if !fresh || claims.exp.is_some_and(|exp| now >= exp.saturating_add(SKEW)) {
        return Err("logout_token.time");
    }
    if !claims.events.contains_key(EVENT) {
        return Err("logout_token.events");
    }
    if claims.nonce.is_some() {
        return Err("logout_token.nonce");
    }
    if claims.sub.is_none() && claims.sid.is_none() {
        return Err("logout_token.nobody");
    }
    if claims.jti.is_empty() || claims.jti.len() > 255 {
        return Err("logout_token.jti");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{EVENT, LogoutToken, check};
    use crate::identity::federation::tests::provider;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;

    fn refusal(name: &str, value: Value) -> Option<&'static str> {
        let mut claims = json!({
            "iss": "https://idp.example.org/clinic", "aud": "brigandine", "iat": NOW, "exp": NOW + 120, "jti": "1",
            "events": { EVENT: {} }, "sub": "248289761001",
        });
        claims[name] = value;
        let claims: Result<LogoutToken, _> = serde_json::from_value(claims);
        claims.map_or(Some("claims"), |claims| check(&claims, &provider(), NOW).err())
    }

    #[test]
    fn a_logout_token_says_all_that_it_must_and_nothing_of_an_id_token() {
        assert_eq!(refusal("sid", json!("s")), None);
        assert_eq!(refusal("aud", json!(["brigandine", "other"])), Some("logout_token.aud"));
        assert_eq!(refusal("iss", json!("https://other.example")), Some("logout_token.aud"));
        assert_eq!(refusal("iat", json!(NOW - 121)), Some("logout_token.time"));
        assert_eq!(refusal("iat", json!(NOW + 11)), Some("logout_token.time"));
        assert_eq!(refusal("exp", json!(NOW - 10)), Some("logout_token.time"));
        assert_eq!(refusal("events", json!({ "other": {} })), Some("logout_token.events"));
        assert_eq!(refusal("events", json!({ EVENT: "yes" })), Some("claims"));
        assert_eq!(refusal("nonce", json!("n")), Some("logout_token.nonce"));
        assert_eq!(refusal("sub", Value::Null), Some("logout_token.nobody"));
        assert_eq!(refusal("jti", json!("")), Some("logout_token.jti"));
    }
}
