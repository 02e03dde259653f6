//! Tokens for programs in their own name (RFC 6749 §4.4).

use super::issue::Tokens;
use crate::{
    access::Role,
    audit::{self, Actor, EventName, Outcome, Reason},
    http::visit::{OAuthError, Refusal, Visit},
    identity::{
        dpop::Thumbprint,
        networks::Networks,
        provider::{claims::AccessClaims, clients::Client},
    },
    ids::{MemberId, OrganizationId},
    store::{
        prelude::*,
        schema::{members, organizations},
        types::JsonText,
    },
};

/// Gives an API client a token for its own organization, with at most the scopes that it is registered for, and no
/// refresh token: it can always ask again.
pub(super) async fn grant(
    visit: &Visit,
    transaction: &mut Transaction,
    client: &Client,
    bound_to: Option<&Thumbprint>,
) -> Result<Tokens, Refusal> {
    let unknown = |reason| Refusal::oauth(OAuthError::InvalidClient, reason);
    let organization =
        client.organization.ok_or(Refusal::oauth(OAuthError::UnauthorizedClient, Reason::CLIENT_MEMBER))?;
    let scope = scope(client, visit.form.get("scope"))?;
    let (member, networks) =
        membership(visit, transaction, client, organization).await?.ok_or(unknown(Reason::CLIENT_MEMBER))?;
    if !Networks::from_stored(&networks.0).is_some_and(|networks| networks.admit(visit.facts.address)) {
        return Err(unknown(Reason::CLIENT_NETWORK));
    }
    let (issuer, now) = (visit.service.identifier.as_str(), visit.service.clock.unix_seconds());
    let claims = AccessClaims::of_program(issuer, &client.client_id, organization, &scope, bound_to, now);
    let tokens = Tokens::access_only(
        visit.service.provider()?.keys.sign("at+jwt", &claims)?,
        bound_to.is_some(),
        scope.clone(),
    );
    let event = audit::Event {
        organization: Some(organization),
        actor: Actor {
            member_id: Some(member),
            issuer: Some(visit.service.identifier.clone()),
            subject: Some(client.client_id.clone()),
        },
        object_type: Some("client"),
        objects: vec![*client.id.as_uuid()],
        ..visit.event(EventName::AuthnTokenCreated, Outcome::Success, None)
    };
    audit::write(transaction, &event).await?;
    Ok(tokens)
}

/// The service member that the client acts as, if it and its organization are active.
async fn membership(
    visit: &Visit,
    transaction: &mut Transaction,
    client: &Client,
    organization: OrganizationId,
) -> Result<Option<(MemberId, JsonText)>, StoreError> {
    let (issuer, subject) = (visit.service.identifier.as_str(), client.client_id.as_str());
    transaction.show_memberships_of(issuer, subject).await?;
    let found = each!(transaction.connection(), |c| members::table
        .inner_join(organizations::table)
        .filter(members::organization_id.eq(organization))
        .filter(members::issuer.eq(issuer))
        .filter(members::subject.eq(subject))
        .filter(members::role.eq(Role::Service.name()))
        .filter(members::status.eq("active"))
        .filter(organizations::status.eq("active"))
        .select((members::id, members::networks))
        .first(c));
    Ok(found.optional()?)
}

/// The scopes asked for; all that the client is registered for, if it names none.
fn scope(client: &Client, asked: Option<&str>) -> Result<String, Refusal> {
    let asked = asked.unwrap_or(client.scope());
    let mut words: Vec<&str> = Vec::new();
    for word in asked.split(' ') {
        if !client.may_ask_for(word) {
            return Err(Refusal::oauth(OAuthError::InvalidScope, Reason::SCOPE));
        }
        if !words.contains(&word) {
            words.push(word);
        }
    }
    Ok(words.join(" "))
}
