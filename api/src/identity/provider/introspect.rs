//! `/oauth2/introspect`: a client asks whether an access token of its own still stands (RFC 7662).
//!
//! It is told of tokens that were given to itself, and of no others: the token of somebody else's that it may have come by
//! is answered as one that never was (RFC 7662 §4).

use super::token::identify;
use crate::{
    audit::Reason,
    http::visit::{OAuthError, Refusal, Reply, Visit},
    identity::{Caller, revocation},
    protection::OAUTH_CLIENT_AUTH,
    store::prelude::*,
};
use actix_web::http::StatusCode;
use brigandine_enforce::enforces;
use serde_json::json;

/// `POST /oauth2/introspect`
pub(super) async fn introspect(visit: &mut Visit) -> Result<Reply, Refusal> {
    let Some(caller) = holder_of_own(visit).await? else { return inactive() };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let revoked = revocation::is_revoked(&mut transaction, caller.revocation_keys()).await?;
    transaction.release();
    if revoked { inactive() } else { active(&caller) }
}

/// Whom the token is about, if it was given to the client that asks, and shows that it is that client (RFC 7662 §2.1,
/// §4).
#[enforces(OAUTH_CLIENT_AUTH, otherwise = crate::vulnerable::identity::provider::holder_of_any)]
async fn holder_of_own(visit: &Visit) -> Result<Option<Caller>, Refusal> {
    let client = identify::confidential_client(visit).await?;
    let token = visit.form.get("token").ok_or(Refusal::oauth(OAuthError::InvalidRequest, Reason::TOKEN))?;
    let caller = visit.service.identity.inspect(token).await.ok();
    let own =
        |caller: &Caller| caller.issuer() == visit.service.identifier && caller.client() == client.client_id;
    Ok(caller.filter(own))
}

fn inactive() -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &json!({ "active": false }))?)
}

fn active(caller: &Caller) -> Result<Reply, Refusal> {
    let mut answer = json!({
        "active": true,
        "iss": caller.issuer(),
        "sub": caller.subject(),
        "client_id": caller.client(),
        "scope": caller.scopes().as_str(),
        "exp": caller.expires(),
        "org": caller.organization().to_string(),
        "token_type": if caller.key_thumbprint().is_some() { "DPoP" } else { "Bearer" },
    });
    if let (Some(thumbprint), Some(members)) = (caller.key_thumbprint(), answer.as_object_mut()) {
        members.insert("cnf".into(), json!({ "jkt": thumbprint }));
    }
    Ok(Reply::json(StatusCode::OK, &answer)?)
}
