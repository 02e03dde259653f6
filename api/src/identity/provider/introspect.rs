//! `/oauth2/introspect`: a client asks whether an access token of its own still stands (RFC 7662).
//!
//! It is told of tokens that were given to itself, and of no others: the token of somebody else's that it may have come by
//! is answered as one that never was (RFC 7662 §4).

use super::token::identify;
use crate::{
    audit::Reason,
    http::visit::{OAuthError, Refusal, Reply, Visit},
    identity::{Caller, revocation},
    store::prelude::*,
};
use actix_web::http::StatusCode;
use serde_json::json;

/// `POST /oauth2/introspect`
pub(super) async fn introspect(visit: &mut Visit) -> Result<Reply, Refusal> {
    #[cfg(feature = "twin")]
    if let Some(reply) = super::weak::tell_everybody(visit).await? {
        return Ok(reply);
    }
    let client = identify::confidential_client(visit).await?;
    let token = visit.form.get("token").ok_or(Refusal::oauth(OAuthError::InvalidRequest, Reason::TOKEN))?;
    let caller = visit.service.identity.inspect(token).await.ok();
    let own =
        |caller: &Caller| caller.issuer() == visit.service.identifier && caller.client() == client.client_id;
    let Some(caller) = caller.filter(own) else { return inactive() };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let revoked = revocation::is_revoked(&mut transaction, caller.revocation_keys()).await?;
    transaction.release();
    if revoked { inactive() } else { active(&caller) }
}

fn inactive() -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &json!({ "active": false }))?)
}

pub(super) fn active(caller: &Caller) -> Result<Reply, Refusal> {
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
