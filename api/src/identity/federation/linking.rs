//! How a provider's subject comes by an account.

use super::{FederationRefusal, domains, identities, providers::Provider};
use crate::{
    audit::{self, Actor, EventName, Outcome},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Visit},
    },
    identity::accounts::{self, AccountError, Email, NewAccount},
    ids::{AccountId, OrganizationId},
    store::prelude::*,
};

/// A new account for somebody whom their organization's provider vouches for: by an address of a domain that the
/// organization owns, and that nobody has yet. Every other case is answered alike, so that a provider can't find out who
/// has an account.
pub(super) async fn new_account(
    visit: &Visit,
    transaction: &mut Transaction,
    provider: &Provider,
    who: (&str, &str),
    email: Option<&str>,
) -> Result<AccountId, Refusal> {
    let service = &visit.service;
    let refused = |reason| Problem::new(Kind::LinkRequired).because(reason);
    let email = email.and_then(Email::parse).ok_or_else(|| refused("identity.email"))?;
    if domains::owner(transaction, &email.domain()).await? != Some(provider.organization) {
        return Err(refused("identity.domain").into());
    }
    let new = NewAccount { email: &email, verified: true, password_hash: None };
    let account = match accounts::create(transaction, &service.keyring, service.clock, new).await {
        Ok(account) => account,
        // Whoever it belongs to links it, signed in as themselves.
        Err(AccountError::Store(StoreError::UniqueViolation(_))) => {
            return Err(refused("identity.account").into());
        }
        Err(other) => return Err(Problem::from(other).into()),
    };
    identities::link(transaction, service.clock, provider.organization, who, account).await?;
    let event = audit::Event {
        organization: Some(provider.organization),
        object_type: Some("account"),
        objects: vec![*account.as_uuid()],
        ..visit.event(EventName::UserCreated, Outcome::Success, None)
    };
    audit::write(transaction, &event).await?;
    Ok(account)
}

/// Says in the organization's log that an account was linked.
pub(super) async fn record(
    visit: &Visit,
    transaction: &mut Transaction,
    organization: OrganizationId,
    account: AccountId,
) -> Result<(), FederationRefusal> {
    let event = audit::Event {
        organization: Some(organization),
        actor: Actor {
            member_id: None,
            issuer: Some(visit.service.identifier.clone()),
            subject: Some(account.to_string()),
        },
        object_type: Some("account"),
        objects: vec![*account.as_uuid()],
        ..visit.event(EventName::IdentityLinked, Outcome::Success, None)
    };
    Ok(audit::write(transaction, &event).await?)
}
