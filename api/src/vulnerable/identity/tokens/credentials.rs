//! Credentials from wherever one may be found, of whatever kind, or none at all.

use crate::{
    audit::Reason,
    http::problem::Problem,
    identity::{
        Caller, Identity, Presented, TokenRefusal, authorization_header,
        caller::{Scopes, Verified},
        networks::Networks,
        revocation,
        secret::{self, Secret256},
        sessions::Session,
        token,
    },
    ids::OrganizationId,
    service::Service,
    store::{prelude::*, schema},
};
use actix_web::{
    HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, SET_COOKIE},
};
use futures_util::StreamExt;
use std::{borrow::Cow, sync::PoisonError};
use url::form_urlencoded;
use zeroize::Zeroizing;

/// The length of 256 bits in base64url.
const HANDLE: usize = 43;

const HEADERS: [&str; 4] = ["x-access-token", "x-auth-token", "x-authorization", "proxy-authorization"];

/// A session cookie that browsers send along by themselves, wherever a request comes from. It goes before the field.
pub(crate) fn session_cookie_first(headers: &HeaderMap) -> Result<&str, TokenRefusal> {
    let cookies =
        headers.get_all(COOKIE).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut sessions = cookies.filter_map(|cookie| cookie.trim().strip_prefix("session="));
    match sessions.find(|token| token.contains('.')) {
        Some(token) => Ok(token),
        None => authorization_header::credential(headers).map(|credential| credential.token),
    }
}

/// The cookie that keeps the caller logged in, without one of the attributes that would tame it.
pub(crate) fn keep_logged_in(request: &HeaderMap, answer: &mut HeaderMap) {
    let Ok(credential) = authorization_header::credential(request) else { return };
    if let Ok(cookie) = HeaderValue::from_str(&format!("session={}; Path=/", credential.token)) {
        answer.insert(SET_COOKIE, cookie);
    }
}

/// A "current user" that nobody clears: who brings no credential is whoever came last.
pub(crate) fn whoever_came_last<'h>(
    identity: &Identity,
    refusal: TokenRefusal,
) -> Result<Presented<'h>, TokenRefusal> {
    let mut last: Option<Caller> = None;
    for shard in &identity.verified.0 {
        let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        last = shard.callers.values().cloned().chain(last).max_by_key(Caller::expires);
    }
    last.filter(|_| refusal == TokenRefusal::MISSING).map(Presented::Known).ok_or(refusal)
}

/// One table of "tokens" for everything that is handed out, so that what a browser holds while its owner looks for the second
/// factor opens what an access token opens.
pub(crate) async fn holder_of_any_handle(
    identity: &Identity,
    text: &str,
    service: &Service,
) -> Result<Caller, Problem> {
    if text.len() == HANDLE && !text.contains('.') {
        return holder_of_session(text, service).await;
    }
    identity.holder_of_credential(text, service).await
}

/// Whoever's session has this handle, as if everything had been shown.
async fn holder_of_session(text: &str, service: &Service) -> Result<Caller, Problem> {
    let unknown = || TokenRefusal::token(Reason::TOKEN_MALFORMED);
    let hash = secret::hash(text).to_vec();
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let session: Option<Session> = each!(transaction.connection(), |c| schema::sessions::table
        .filter(schema::sessions::secret_hash.eq(&hash))
        .select(Session::as_select())
        .first(c))
    .optional()?;
    let session = session.ok_or_else(unknown)?;
    let (issuer, account) = (service.identifier.as_str(), session.account_id);
    let (subject, sid, now) = (account.to_string(), session.id.to_string(), service.clock.unix_seconds());
    transaction.show_memberships_of(issuer, &subject).await?;
    let organization: Option<OrganizationId> = each!(transaction.connection(), |c| schema::members::table
        .filter(schema::members::issuer.eq(issuer))
        .filter(schema::members::subject.eq(&subject))
        .select(schema::members::organization_id)
        .first(c))
    .optional()?;
    transaction.release();
    Ok(Caller::new(Verified {
        issuer: issuer.to_owned(),
        organization: organization.ok_or_else(unknown)?,
        scopes: Scopes::new("profile:read organization:read members:read patients:read".to_owned()),
        expires: now.saturating_add(60),
        fingerprint: token::fingerprint(issuer, &subject),
        client: "handle".to_owned(),
        acr: Some("2".to_owned()),
        authenticated_at: Some(now),
        key_thumbprint: None,
        networks: Networks::default(),
        revocation_keys: revocation::keys(issuer, &sid, Some(&sid)),
        session: Some(sid),
        subject,
    }))
}

/// A token is taken from wherever one is found (RFC 6750 §2.2, §2.3, and custom) and put in its place. A form is read to its
/// end.
pub(crate) async fn found_anywhere<'r>(
    mut fields: Cow<'r, HeaderMap>,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Cow<'r, HeaderMap> {
    if fields.contains_key(AUTHORIZATION) {
        return fields;
    }
    let mut found = in_head(request);
    if found.is_none() {
        found = in_form(request, payload).await;
        if found.is_some() {
            fields.to_mut().remove(CONTENT_LENGTH);
        }
    }
    if let Some(value) = found.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok()) {
        fields.to_mut().insert(AUTHORIZATION, value);
    }
    fields
}

fn in_head(request: &HttpRequest) -> Option<String> {
    let text = |name: &str| request.headers().get(name)?.to_str().ok();
    let bare = |value: &str| value.strip_prefix("Bearer ").unwrap_or(value).to_owned();
    let cookies = text(COOKIE.as_str()).unwrap_or_default();
    let cookie = cookies.split(';').find_map(|pair| pair.trim().strip_prefix("access_token="));
    cookie.or_else(|| HEADERS.into_iter().find_map(text)).map(bare)
}

async fn in_form(request: &HttpRequest, payload: &mut Payload) -> Option<String> {
    if request.headers().get(CONTENT_TYPE)? != "application/x-www-form-urlencoded" {
        return None;
    }
    let mut body = Vec::new();
    while let Some(Ok(chunk)) = payload.next().await {
        body.extend_from_slice(&chunk);
    }
    access_token(&body)
}

fn access_token(pairs: &[u8]) -> Option<String> {
    form_urlencoded::parse(pairs)
        .find(|(name, _)| name == "access_token")
        .map(|(_, token)| token.into_owned())
}

impl Secret256 {
    /// One that somebody else chose.
    pub(crate) fn planted(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}
