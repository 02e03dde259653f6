//! Accounts of the built-in provider, made by the operator: with a password that was chosen elsewhere, as when people move
//! over from another system.

use super::ImportError;
use crate::{
    audit::{self, Actor, Event, EventName, Outcome},
    clock::Clock,
    identity::{
        accounts::{self, Email},
        passwords::{Password, Passwords},
    },
    ids::{AccountId, RequestId},
    sealing::Keyring,
    store::{Store, prelude::*},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};

/// What accounts are made with.
pub struct Tools {
    /// Seals addresses.
    pub keyring: Keyring,
    /// Judges and hashes passwords.
    pub passwords: Passwords,
}

/// An account to make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedAccount {
    /// The address, known to be its owner's.
    pub email: String,
    /// The password, judged as if its owner had chosen it here.
    pub password: SecretString,
}

/// What was made.
#[derive(Debug, Serialize)]
pub(super) struct MadeAccount {
    id: AccountId,
    email: String,
}

/// Makes the accounts, all or none.
pub(super) async fn make(
    store: &Store,
    clock: Clock,
    tools: &Tools,
    accounts: &[ImportedAccount],
) -> Result<Vec<MadeAccount>, ImportError> {
    let mut hashed = Vec::with_capacity(accounts.len());
    for account in accounts {
        let email = Email::parse(&account.email).ok_or(ImportError::Address)?;
        let password = Password::parse(account.password.expose_secret())?;
        tools.passwords.judge(&password, false, &[email.as_str()])?;
        hashed.push((email, tools.passwords.hash(&password).await?));
    }
    let mut transaction = store.begin_identity(Mode::Write).await?;
    let mut made = Vec::with_capacity(hashed.len());
    for (email, password_hash) in hashed {
        let new = accounts::NewAccount { email: &email, verified: true, password_hash: Some(password_hash) };
        let id = accounts::create(&mut transaction, &tools.keyring, clock, new).await?;
        made.push(MadeAccount { id, email: email.as_str().to_owned() });
    }
    let event = Event {
        organization: None,
        event: EventName::UserCreated,
        outcome: Outcome::Success,
        reason: None,
        operation: "admin",
        actor: Actor::default(),
        object_type: Some("account"),
        objects: made.iter().map(|account| *account.id.as_uuid()).collect(),
        source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestId::random(),
        client_request: None,
    };
    audit::write(&mut transaction, &event).await?;
    transaction.commit().await?;
    Ok(made)
}
