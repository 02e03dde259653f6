//! `/oauth2/token`: what a code or a refresh token is changed for, and what programs get in their own name.

mod code;
pub(super) mod identify;
pub(crate) mod issue;
pub(super) mod possession;
mod program;
pub(super) mod refresh;

pub(super) use issue::ACCESS_SECONDS;

use super::{clients::Client, grants::Grant};
use crate::{
    audit::{self, Actor, EventName, Outcome, Reason},
    http::visit::{OAuthError, Refusal, Reply, Visit},
    identity::dpop::Thumbprint,
    protection::OAUTH_GRANTS,
    store::prelude::*,
};
use actix_web::http::StatusCode;
use brigandine_enforce::enforces;
use issue::Tokens;

/// Its path, as proofs of possession name it.
const PATH: &str = "/oauth2/token";

/// `POST /oauth2/token`
pub(super) async fn exchange(visit: &mut Visit) -> Result<Reply, Refusal> {
    let client = identify::client(visit).await?;
    let bound_to = possession::demanded(visit, PATH, &client).await?;
    let tokens = by_grant(visit, &client, bound_to.as_ref()).await?;
    Ok(Reply::json(StatusCode::OK, &tokens)?)
}

/// Tokens come of a code, of a refresh token, or of a program's own key, and never of somebody's password: the
/// application would see it, and nobody would ask for the second factor (RFC 9700 §2.4).
#[enforces(OAUTH_GRANTS, otherwise = crate::vulnerable::identity::provider::by_grant_or_password)]
async fn by_grant(visit: &Visit, client: &Client, bound_to: Option<&Thumbprint>) -> Result<Tokens, Refusal> {
    by_known_grant(visit, client, bound_to).await
}

/// What a client gets for a grant of one of the types that there are.
pub(crate) async fn by_known_grant(
    visit: &Visit,
    client: &Client,
    bound_to: Option<&Thumbprint>,
) -> Result<Tokens, Refusal> {
    let grant_type =
        visit.form.get("grant_type").ok_or(Refusal::oauth(OAuthError::InvalidRequest, Reason::GRANT_TYPE))?;
    if !matches!(grant_type, "authorization_code" | "refresh_token" | "client_credentials") {
        return Err(Refusal::oauth(OAuthError::UnsupportedGrantType, Reason::GRANT_TYPE));
    }
    if !client.may_use(grant_type) {
        return Err(Refusal::oauth(OAuthError::UnauthorizedClient, Reason::GRANT_TYPE));
    }
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    if grant_type == "client_credentials" {
        let tokens = program::grant(visit, &mut transaction, client, bound_to).await?;
        transaction.commit().await?;
        return Ok(tokens);
    }
    let outcome = match grant_type {
        "authorization_code" => code::redeem(visit, &mut transaction, client, bound_to).await,
        _ => refresh::renew(visit, &mut transaction, client, bound_to).await,
    };
    let outcome = match outcome {
        Ok((grant, tokens)) => {
            record(visit, &mut transaction, client, &grant).await?;
            Ok(tokens)
        }
        // A code stays burned and a stolen family stays ended, whatever the answer is.
        Err(refusal) => Err(refusal),
    };
    transaction.commit().await?;
    outcome
}

async fn record(
    visit: &Visit,
    transaction: &mut Transaction,
    client: &Client,
    grant: &Grant,
) -> Result<(), Refusal> {
    let event = audit::Event {
        organization: Some(grant.organization_id),
        actor: Actor {
            member_id: None,
            issuer: Some(visit.service.identifier.clone()),
            subject: Some(grant.account_id.to_string()),
        },
        object_type: Some("client"),
        objects: vec![*client.id.as_uuid()],
        ..visit.event(EventName::AuthnTokenCreated, Outcome::Success, None)
    };
    Ok(audit::write(transaction, &event).await?)
}
