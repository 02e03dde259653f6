//! How a provider's subject comes by an account.

use super::{domains, identities, providers::Provider};
use crate::{
    audit::{self, EventName, Outcome, Reason},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Visit},
    },
    identity::accounts::{self, AccountError, Email, NewAccount, Standing},
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
) -> Result<Standing, Refusal> {
    let service = &visit.service;
    let refused = |reason| Problem::new(Kind::LinkRequired).because(reason);
    let email = email.and_then(Email::parse).ok_or_else(|| refused(Reason::IDENTITY_EMAIL))?;
    if domains::owner(transaction, email.domain()).await? != Some(provider.organization) {
        return Err(refused(Reason::IDENTITY_DOMAIN).into());
    }
    let new = NewAccount { email: &email, verified: true, password_hash: None };
    let account = match accounts::create(transaction, &service.keyring, service.clock, new).await {
        Ok(account) => account,
        // Whoever it belongs to links it, signed in as themselves.
        Err(AccountError::Store(StoreError::UniqueViolation(_))) => {
            return Err(refused(Reason::IDENTITY_ACCOUNT).into());
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
    Ok(accounts::hold(transaction, account).await?.ok_or_else(|| refused(Reason::IDENTITY_DISABLED))?)
}
