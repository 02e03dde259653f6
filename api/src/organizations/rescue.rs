//! A way back in for somebody who lost it: the operator makes a link for a new password, and takes lost factors away.
//!
//! What the command prints goes to one person by a way that the operator trusts. It replaces nobody's judgement: who asks for
//! it must have been recognised.

use crate::{
    audit::{Actor, Event, EventName, Outcome, Reason},
    http::problem::Problem,
    identity::{
        account_events::{self, By},
        accounts::{self, AccountError, Email},
        credentials::{Change, changed},
        factors::registry,
        one_time,
    },
    ids::RequestId,
    mail::{Links, Page},
    server::Administration,
    store::{Mode, StoreError},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr};

/// How long the link of a forgotten password works.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// What was made. The link is shown once; only its hash is stored.
#[derive(Debug, Serialize)]
pub struct Rescued {
    /// Where a new password is chosen.
    reset_link: String,
    /// When the link stops working.
    expires_at: DateTime<Utc>,
    /// How many factors were removed.
    removed_factors: usize,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum RescueError {
    /// Not an address.
    #[error("{0:?} is no e-mail address")]
    Address(String),
    /// Nobody has it.
    #[error(
        "no account has this address; see `admin bootstrap` for the first administrator of an organization"
    )]
    NoAccount,
    /// It may not be used.
    #[error("the account is disabled")]
    Disabled,
    /// Its owner signs in elsewhere.
    #[error("the account has no password: its owner signs in at their organization's provider")]
    NoPassword,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Anything else that a request would be refused for.
    #[error("{0}")]
    Refused(Problem),
}

impl From<Problem> for RescueError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<AccountError> for RescueError {
    fn from(error: AccountError) -> Self {
        Self::Refused(error.into())
    }
}

/// Makes a link that sets a new password for the account with this address: once, within ten minutes. With
/// `without_factors` its second factors and passkeys go, and everybody who is signed in to it is signed out.
///
/// # Errors
/// [`RescueError`].
pub async fn rescue(
    administration: &Administration,
    links: &Links,
    address: &str,
    without_factors: bool,
) -> Result<Rescued, RescueError> {
    let email = Email::parse(address).ok_or_else(|| RescueError::Address(address.to_owned()))?;
    let clock = administration.clock;
    let mut transaction = administration.store.begin_identity(Mode::Write).await?;
    let account = accounts::by_email(&mut transaction, &administration.keyring, &email).await?;
    let account = account.ok_or(RescueError::NoAccount)?;
    let standing = accounts::hold(&mut transaction, account.id).await?.ok_or(RescueError::Disabled)?;
    if account.password_hash.is_none() {
        return Err(RescueError::NoPassword);
    }
    let mut removed = 0_usize;
    if without_factors {
        for factor in registry::list(&mut transaction, account.id).await.map_err(Problem::from)? {
            let gone = registry::remove(&mut transaction, account.id, factor.id).await;
            removed = removed.saturating_add(usize::from(gone.map_err(Problem::from)?));
        }
        let (issuer, change) = (administration.identifier.as_str(), Change::FactorRemoved);
        changed(&mut transaction, issuer, clock, &standing, change, None).await?;
    }
    let secret = one_time::issue(&mut transaction, one_time::New::password_reset(account.id), clock).await?;
    let event = Event {
        organization: None,
        event: EventName::AccountRescued,
        outcome: Outcome::Success,
        reason: without_factors.then_some(Reason::WITHOUT_FACTORS),
        operation: "admin",
        actor: Actor::default(),
        object_type: Some("account"),
        objects: vec![*account.id.as_uuid()],
        source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestId::random(),
        client_request: None,
    };
    account_events::record(&mut transaction, &administration.identifier, account.id, By::Anybody, &event)
        .await?;
    transaction.commit().await?;
    Ok(Rescued {
        reset_link: links.to(Page::PasswordReset, &secret).to_string(),
        expires_at: clock.now() + LIFETIME,
        removed_factors: removed,
    })
}
