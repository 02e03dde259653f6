//! `/oauth2/revoke`: a client gives a token back (RFC 7009).

use super::{
    grants,
    token::{identify, refresh},
};
use crate::{
    audit::{self, EventName, Outcome, Reason},
    http::visit::{OAuthError, Refusal, Reply, Visit},
    identity::revocation::{self, Ended},
    store::prelude::*,
};
use actix_web::http::StatusCode;

/// `POST /oauth2/revoke`. The answer is the same for tokens that never were, or are another client's.
pub(super) async fn revoke(visit: &mut Visit) -> Result<Reply, Refusal> {
    let client = identify::client(visit).await?;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let token = visit.form.get("token").ok_or(Refusal::oauth(OAuthError::InvalidRequest, Reason::TOKEN))?;
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    let revoked = if let Some(grant) = refresh::grant_of(&mut transaction, token).await? {
        // Without its refresh token a client has no use for what came of it either (RFC 7009 §2.1).
        let own = grant.client_id == client.client_id;
        if own {
            grants::end(&mut transaction, issuer, grant.id, clock).await?;
        }
        own
    } else {
        let caller = visit.service.identity.inspect(token).await.ok();
        let own = caller.filter(|caller| caller.issuer() == issuer && caller.client() == client.client_id);
        match own.as_ref().map(|caller| caller.revocation_keys()) {
            Some([token, ..]) => {
                revocation::revoke(&mut transaction, issuer, Ended::Key(*token), clock).await?;
                true
            }
            None => false,
        }
    };
    if revoked {
        let event = audit::Event {
            object_type: Some("client"),
            objects: vec![*client.id.as_uuid()],
            ..visit.event(EventName::AuthnTokenRevoked, Outcome::Success, None)
        };
        audit::write(&mut transaction, &event).await?;
    }
    transaction.commit().await?;
    Ok(Reply::empty(StatusCode::OK))
}
