//! Tells clients that a session has ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! The answer to the person does not wait for it: a client that is down must not keep anybody signed in, and its tokens
//! are refused here already.

use crate::{
    clock::Clock,
    egress::client,
    http::problem::Problem,
    identity::provider::Provider,
    ids::{AccountId, SessionId},
    store::{
        prelude::*,
        schema::{clients, grants},
    },
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a logout token is good for (§2.4 recommends at most two minutes).
const LIFE_SECONDS: i64 = 120;
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Whom to tell, and where.
pub(super) type Listeners = BTreeMap<String, String>;

#[derive(Serialize)]
struct LogoutClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
    jti: String,
    events: Value,
}

/// The clients that were granted something in the session and want to know of its end.
pub(super) async fn listeners(
    transaction: &mut Transaction,
    session: SessionId,
) -> Result<Listeners, StoreError> {
    let rows: Vec<(String, Option<String>)> = each!(transaction.connection(), |c| grants::table
        .inner_join(clients::table.on(clients::client_id.eq(grants::client_id)))
        .filter(grants::session_id.eq(session))
        .filter(clients::backchannel_logout_uri.is_not_null())
        .select((clients::client_id, clients::backchannel_logout_uri))
        .load(c))?;
    Ok(rows.into_iter().filter_map(|(client, uri)| Some((client, uri?))).collect())
}

/// Signs a logout token for each of them and sends it, in the background.
pub(super) fn tell(
    provider: &Provider,
    issuer: &str,
    account: AccountId,
    session: SessionId,
    listeners: Listeners,
    clock: Clock,
) -> Result<(), Problem> {
    for (client_id, uri) in listeners {
        let now = clock.unix_seconds();
        let claims = LogoutClaims {
            iss: issuer,
            aud: &client_id,
            sub: account.to_string(),
            sid: session.to_string(),
            iat: now,
            exp: now + LIFE_SECONDS,
            jti: Uuid::new_v4().to_string(),
            events: json!({ EVENT: {} }),
        };
        let token = provider.keys.sign("logout+jwt", &claims)?;
        tokio::spawn(async move {
            if let Err(error) = send(&uri, &token).await {
                tracing::warn!(client.id = client_id, error = %error.without_url(), "A client did not take a logout token");
            }
        });
    }
    Ok(())
}

async fn send(uri: &str, token: &str) -> Result<(), reqwest::Error> {
    // Whoever registered the client is an operator, and may have it in the house.
    let client = client::hardened().timeout(PATIENCE).build()?;
    let form =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", token).finish();
    let request = client.post(uri).header("content-type", "application/x-www-form-urlencoded").body(form);
    request.send().await?.error_for_status().map(drop)
}
