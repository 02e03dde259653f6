//! What an operator brings along: accounts and clients.

use super::{
    accounts::{self, AccountError, Email, NewAccount},
    factors::{FactorError, enrolment, totp::Seed},
    passwords::{Password, PasswordError, Unusable, Violation},
    provider::registration::{self, Application, RegistrationError},
};
use crate::{
    ids::AccountId,
    server::Administration,
    store::{prelude::*, types::Moment},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An account to be made. Its address counts as verified: the operator vouches for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedAccount {
    email: String,
    password: secrecy::SecretString,
    /// The base32 seed of the authenticator app that the person has already.
    #[serde(default)]
    totp_seed: Option<secrecy::SecretString>,
}

impl std::fmt::Debug for ImportedAccount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ImportedAccount([REDACTED])")
    }
}

/// An account that was made.
#[derive(Debug, Serialize)]
pub struct MadeAccount {
    /// Its address, as it was given.
    pub email: String,
    /// Its id.
    pub id: AccountId,
}

/// A client to be registered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedClient {
    client_id: String,
    name: String,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    #[serde(default)]
    backchannel_logout_uri: Option<String>,
    grant_types: String,
    scope: String,
    /// Public keys, for a client that can keep a private one.
    #[serde(default)]
    jwks: Option<Value>,
    #[serde(default)]
    dpop_bound: bool,
    /// Whether it follows the FAPI 2.0 Security Profile.
    #[serde(default)]
    fapi: bool,
    /// Whether people are asked before it gets what it asks for.
    #[serde(default)]
    third_party: bool,
}

/// Why an account or client was not imported.
#[derive(Debug, thiserror::Error)]
pub enum IdentityImportError {
    /// No address.
    #[error("{0:?} is no e-mail address")]
    Email(String),
    /// No password.
    #[error("the password of {0:?} can't be used: {1}")]
    Password(String, Unusable),
    /// A password that may not be chosen.
    #[error("the password of {0:?} may not be chosen: {1}")]
    Refused(String, Violation),
    /// A client that is not in order.
    #[error(transparent)]
    Client(#[from] RegistrationError),
    /// No seed.
    #[error("the TOTP seed of {0:?} is not base32 of at least 128 bits")]
    Seed(String),
    /// The factor.
    #[error(transparent)]
    Factor(#[from] FactorError),
    /// Hashing.
    #[error(transparent)]
    Hash(#[from] PasswordError),
    /// The database or the keys.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the accounts.
///
/// # Errors
/// [`IdentityImportError`]; then none of them was made.
pub async fn accounts(
    administration: &Administration,
    given: Vec<ImportedAccount>,
) -> Result<Vec<MadeAccount>, IdentityImportError> {
    use secrecy::ExposeSecret;
    let mut hashed = Vec::with_capacity(given.len());
    for account in given {
        let email =
            Email::parse(&account.email).ok_or_else(|| IdentityImportError::Email(account.email.clone()))?;
        let password = Password::parse(account.password.expose_secret())
            .map_err(|unusable| IdentityImportError::Password(account.email.clone(), unusable))?;
        administration
            .passwords
            .judge(&password, false, &[email.as_str()])
            .map_err(|violation| IdentityImportError::Refused(account.email.clone(), violation))?;
        let seed = match &account.totp_seed {
            Some(seed) => Some(
                Seed::parse(seed.expose_secret())
                    .ok_or_else(|| IdentityImportError::Seed(account.email.clone()))?,
            ),
            None => None,
        };
        hashed.push((account.email, email, administration.passwords.hash(&password).await?, seed));
    }
    let mut transaction = administration.store.begin_identity(Mode::Write).await?;
    let mut made = Vec::with_capacity(hashed.len());
    for (address, email, hash, seed) in hashed {
        let new = NewAccount { email: &email, verified: true, password_hash: Some(hash) };
        let (keyring, clock) = (&administration.keyring, administration.clock);
        let id = accounts::create(&mut transaction, keyring, clock, new).await?;
        if let Some(seed) = seed {
            enrolment::bring(&mut transaction, keyring, id, &seed, Moment::new(clock.now())).await?;
        }
        made.push(MadeAccount { email: address, id });
    }
    transaction.commit().await?;
    Ok(made)
}

/// Registers the clients.
///
/// # Errors
/// [`IdentityImportError`]; then none of them was registered.
pub async fn clients(
    administration: &Administration,
    given: Vec<ImportedClient>,
) -> Result<(), IdentityImportError> {
    let mut transaction = administration.store.begin_identity(Mode::Write).await?;
    for client in given {
        let application = Application {
            client_id: client.client_id,
            name: client.name,
            redirect_uris: client.redirect_uris,
            post_logout_redirect_uris: client.post_logout_redirect_uris,
            backchannel_logout_uri: client.backchannel_logout_uri,
            grant_types: words(&client.grant_types),
            scopes: words(&client.scope),
            jwks: client.jwks,
            fapi2: client.fapi,
            dpop_bound: client.dpop_bound,
            third_party: client.third_party,
        };
        registration::insert(&mut transaction, administration.clock, application).await?;
    }
    Ok(transaction.commit().await?)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
