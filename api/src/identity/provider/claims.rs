//! What the provider's tokens say.

use super::{grants::Grant, token::ACCESS_SECONDS};
use crate::identity::revocation;
use serde::Serialize;

/// Whom a token is about, and how they signed in.
pub(super) struct Subject {
    account: String,
    session: String,
    authenticated_at: i64,
}

impl Subject {
    pub(super) fn of(grant: &Grant) -> Self {
        Self {
            account: grant.account_id.to_string(),
            session: grant.session_id.to_string(),
            authenticated_at: grant.authenticated_at.time().timestamp(),
        }
    }
}

/// An access token (RFC 9068 §2.2; catalogue P2).
#[derive(Serialize)]
pub(super) struct AccessClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: String,
    client_id: &'a str,
    scope: &'a str,
    org: String,
    sid: &'a str,
    acr: &'a str,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation<'a>>,
}

#[derive(Serialize)]
struct Confirmation<'a> {
    jkt: &'a str,
}

impl<'a> AccessClaims<'a> {
    pub(super) fn new(
        issuer: &'a str,
        subject: &'a Subject,
        client_id: &'a str,
        grant: &'a Grant,
        scope: &'a str,
        now: i64,
    ) -> Self {
        Self {
            iss: issuer,
            sub: &subject.account,
            aud: issuer,
            exp: now + ACCESS_SECONDS,
            iat: now,
            jti: revocation::token_id(grant.id),
            client_id,
            scope,
            org: grant.organization_id.to_string(),
            sid: &subject.session,
            acr: &grant.acr,
            // Of the sign-in itself: a refresh proves nothing anew.
            auth_time: subject.authenticated_at,
            cnf: grant.dpop_jkt.as_deref().map(|jkt| Confirmation { jkt }),
        }
    }
}

/// An ID token (OIDC Core §2).
#[derive(Serialize)]
pub(super) struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    acr: &'a str,
    amr: Vec<&'a str>,
    sid: &'a str,
}

impl<'a> IdClaims<'a> {
    pub(super) fn new(
        issuer: &'a str,
        subject: &'a Subject,
        client_id: &'a str,
        grant: &'a Grant,
        now: i64,
    ) -> Self {
        Self {
            iss: issuer,
            sub: &subject.account,
            aud: client_id,
            exp: now + ACCESS_SECONDS,
            iat: now,
            auth_time: subject.authenticated_at,
            nonce: grant.nonce.as_deref(),
            acr: &grant.acr,
            amr: grant.amr.split(' ').collect(),
            sid: &subject.session,
        }
    }
}
