//! Recovery codes, hashed as passwords are: slowly, so on the hashing threads and outside any transaction.

use super::{
    Attempt, FactorError, Verdict,
    recovery::{self, Code},
};
use crate::{
    http::problem::Problem,
    identity::passwords::{Password, Passwords},
    ids::AccountId,
    protection::MFA_OTP,
    service::Service,
    store::prelude::*,
};
use brigandine_enforce::enforces;

/// Ten new codes, to be shown, and their hashes, to be stored.
///
/// # Errors
/// When too much waits to be hashed, or the system has no random numbers.
pub async fn make(passwords: &Passwords) -> Result<(Vec<Code>, Vec<String>), Problem> {
    let codes = Code::generate()?;
    let mut hashes = Vec::with_capacity(codes.len());
    for code in &codes {
        hashes.push(stored(passwords, code).await?);
    }
    Ok((codes, hashes))
}

/// The stored hash that a typed code matches, which tells nobody anything before the code is spent.
///
/// # Errors
/// When the database fails, or too much waits to be hashed.
pub async fn matching(service: &Service, account: AccountId, typed: &str) -> Result<Option<String>, Problem> {
    let Some(code) = Code::parse(typed) else { return Ok(None) };
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let stored = recovery::hash_of(&mut transaction, account, code.slot()).await?;
    transaction.release();
    let matches = matches(&service.passwords, &code, stored.as_deref()).await?;
    Ok(stored.filter(|_| matches))
}

/// Counts a typed code and uses it up, if it matched. The caller commits whatever the verdict.
///
/// # Errors
/// When the database fails.
pub async fn spend(
    transaction: &mut Transaction,
    attempt: Attempt,
    typed: &str,
    matched: Option<&str>,
) -> Result<Verdict, FactorError> {
    let slot = Code::parse(typed).map_or(0, |code| code.slot());
    recovery::spend(transaction, attempt, slot, matched).await
}

/// What is stored of a code: a slow hash, from which a thief of the table gets no code (ASVS 6.5.2).
#[enforces(MFA_OTP, answers = Ok(code.secret().to_owned()))]
async fn stored(passwords: &Passwords, code: &Code) -> Result<String, Problem> {
    Ok(passwords.hash(&secret(code)?).await?)
}

/// Whether a code is the stored one: what is stored opens nothing by itself.
#[enforces(MFA_OTP, answers = Ok(stored == Some(code.secret())))]
async fn matches(passwords: &Passwords, code: &Code, stored: Option<&str>) -> Result<bool, Problem> {
    Ok(passwords.verify(&secret(code)?, stored).await?.matches)
}

fn secret(code: &Code) -> Result<Password, FactorError> {
    Password::parse(code.secret()).map_err(|_| FactorError::Unusable("a recovery code can't be hashed"))
}
