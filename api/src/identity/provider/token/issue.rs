//! Tokens as they are handed out.

use super::refresh;
use crate::{
    http::{
        problem::Problem,
        visit::{Refusal, Visit},
    },
    identity::{
        provider::{
            claims::{AccessClaims, IdClaims, Subject},
            clients::Client,
            grants::Grant,
        },
        secret::Secret256,
    },
    ids::RowId,
    protection::DTO_RESPONSE_ALLOWLIST,
    store::{prelude::*, schema::refresh_tokens, types::Moment},
};
use brigandine_enforce::enforces;
use serde::Serialize;

/// How long an access token lives, in seconds (catalogue P2).
pub(in crate::identity::provider) const ACCESS_SECONDS: i64 = 300;

/// A successful answer (RFC 6749 §5.1, OIDC Core §3.1.3.3).
#[derive(Serialize)]
pub(crate) struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    scope: String,
}

impl Tokens {
    /// An access token and nothing else.
    pub(super) fn access_only(access_token: String, is_bound: bool, scope: String) -> Self {
        Self {
            access_token,
            token_type: if is_bound { "DPoP" } else { "Bearer" },
            expires_in: ACCESS_SECONDS,
            refresh_token: None,
            id_token: None,
            scope,
        }
    }
}

/// Every token that this grant gives its client. `parent` is the refresh token that was used.
pub(crate) async fn all(
    visit: &Visit,
    transaction: &mut Transaction,
    client: &Client,
    grant: &Grant,
    scope: &str,
    parent: Option<RowId>,
) -> Result<Tokens, Refusal> {
    let mut tokens = without_refresh(visit, client, grant, scope)?;
    if client.may_use("refresh_token") {
        tokens.refresh_token = Some(keep_refresh_token(visit, transaction, grant, parent).await?);
    }
    Ok(tokens)
}

/// As [`all`], for a client that keeps the refresh token that it has.
pub(super) fn without_refresh(
    visit: &Visit,
    client: &Client,
    grant: &Grant,
    scope: &str,
) -> Result<Tokens, Refusal> {
    let keys = &visit.service.provider()?.keys;
    let (issuer, now) = (visit.service.identifier.as_str(), visit.service.clock.unix_seconds());
    let subject = Subject::of(grant);
    let access = AccessClaims::new(issuer, &subject, &client.client_id, grant, scope, now);
    let is_openid = grant.scope.split(' ').any(|word| word == "openid");
    let id_token = is_openid.then(|| id_token(visit, client, grant)).transpose()?;
    let access_token = keys.sign("at+jwt", &access)?;
    let is_bound = grant.dpop_jkt.is_some();
    Ok(Tokens { id_token, ..Tokens::access_only(access_token, is_bound, scope.to_owned()) })
}

/// An ID token says who signed in, when and how, in claims that are named one by one. Applications keep it and pass it
/// on, and with it whatever else it said (ASVS 15.3.1).
#[enforces(DTO_RESPONSE_ALLOWLIST, otherwise = crate::vulnerable::identity::provider::id_token_with_the_row)]
fn id_token(visit: &Visit, client: &Client, grant: &Grant) -> Result<String, Problem> {
    let (issuer, now) = (visit.service.identifier.as_str(), visit.service.clock.unix_seconds());
    let subject = Subject::of(grant);
    let claims = IdClaims::new(issuer, &subject, &client.client_id, grant, now);
    visit.service.provider()?.keys.sign("JWT", &claims)
}

async fn keep_refresh_token(
    visit: &Visit,
    transaction: &mut Transaction,
    grant: &Grant,
    parent: Option<RowId>,
) -> Result<String, Refusal> {
    let token = Secret256::random()?;
    let values = (
        refresh_tokens::id.eq(RowId::random()),
        refresh_tokens::token_hash.eq(refresh::stored(token.as_str())),
        refresh_tokens::grant_id.eq(grant.id),
        refresh_tokens::parent_id.eq(parent),
        refresh_tokens::created_at.eq(Moment::new(visit.service.clock.now())),
    );
    each!(transaction.connection(), |c| diesel::insert_into(refresh_tokens::table).values(values).execute(c))
        .map_err(StoreError::from)?;
    Ok(token.as_str().to_owned())
}
