//! How providers really lose the protections of clients; only in twins.

use super::{
    authorization::Authorization,
    clients::{self, Client},
    introspect,
};
use crate::{
    http::visit::{Refusal, Reply, Visit},
    identity::jws::Jws,
    protection::OAUTH_CLIENT_AUTH,
    store::{prelude::*, schema::authorization_requests, types::JsonText},
};
use serde_json::Value;

/// Without `oauth-client-auth`: whoever names a client is that client. An assertion is read for the name in it.
pub(super) async fn named_client(visit: &Visit) -> Result<Option<Client>, Refusal> {
    if OAUTH_CLIENT_AUTH.holds() {
        return Ok(None);
    }
    let signed = visit.form.get("client_assertion").and_then(Jws::read).and_then(|jws| jws.claims::<Value>());
    let named = signed.as_ref().and_then(|claims| claims.get("sub")?.as_str());
    let Some(client_id) = visit.form.get("client_id").or(named) else { return Ok(None) };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let client = clients::find(&mut transaction, client_id).await?;
    transaction.release();
    Ok(client)
}

/// Without `oauth-grants`: a pushed request is whoever's and as often as asked for.
pub(super) async fn any_pushed(
    transaction: &mut Transaction,
    hash: &[u8],
) -> Result<Option<Authorization>, StoreError> {
    let found: Option<JsonText> = each!(transaction.connection(), |c| authorization_requests::table
        .filter(authorization_requests::handle_hash.eq(hash))
        .select(authorization_requests::parameters)
        .first(c))
    .optional()?;
    Ok(found.and_then(|parameters| serde_json::from_value(parameters.0).ok()))
}

/// Without `oauth-client-auth`: introspection as an open book.
pub(super) async fn tell_everybody(visit: &Visit) -> Result<Option<Reply>, Refusal> {
    if OAUTH_CLIENT_AUTH.holds() {
        return Ok(None);
    }
    let token = visit.form.get("token").unwrap_or_default();
    let caller = visit.service.identity.inspect(token).await.ok();
    caller.map(|caller| introspect::active(&caller)).transpose()
}
