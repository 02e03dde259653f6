//! What the provider's tokens say.

use super::{grants::Grant, token::ACCESS_SECONDS};
use crate::{
    identity::{dpop::Thumbprint, revocation},
    ids::OrganizationId,
};
use serde::Serialize;
use uuid::Uuid;

/// Whom a token is about, and how they signed in.
pub(crate) struct Subject {
    account: String,
    session: String,
    /// When they did; `None` where a provider that vouched for them did not say.
    authenticated_at: Option<i64>,
}

impl Subject {
    pub(crate) fn of(grant: &Grant) -> Self {
        Self {
            account: grant.account_id.to_string(),
            session: grant.session_id.to_string(),
            authenticated_at: Some(grant.authenticated_at.time().timestamp()).filter(|seconds| *seconds > 0),
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
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
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
            sid: Some(&subject.session),
            acr: Some(&grant.acr),
            // Of the sign-in itself: a refresh proves nothing anew.
            auth_time: subject.authenticated_at,
            cnf: grant.dpop_jkt.as_deref().map(|jkt| Confirmation { jkt }),
        }
    }
}

impl<'a> AccessClaims<'a> {
    /// A program's own token: nobody signed in, and its subject is the program itself (RFC 9068 §2.2).
    pub(super) fn of_program(
        issuer: &'a str,
        client_id: &'a str,
        organization: OrganizationId,
        scope: &'a str,
        bound_to: Option<&'a Thumbprint>,
        now: i64,
    ) -> Self {
        Self {
            iss: issuer,
            sub: client_id,
            aud: issuer,
            exp: now + ACCESS_SECONDS,
            iat: now,
            jti: Uuid::new_v4().simple().to_string(),
            client_id,
            scope,
            org: organization.to_string(),
            sid: None,
            acr: None,
            auth_time: None,
            cnf: bound_to.map(|key| Confirmation { jkt: key.as_str() }),
        }
    }
}

/// An ID token (OIDC Core §2).
#[derive(Serialize)]
pub(crate) struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    acr: &'a str,
    amr: Vec<&'a str>,
    sid: &'a str,
}

impl<'a> IdClaims<'a> {
    pub(crate) fn new(
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
