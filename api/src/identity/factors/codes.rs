//! Recovery codes, hashed as passwords are: slowly, so on the hashing threads and outside any transaction.

use super::{
    Attempt, FactorError, Verdict,
    recovery::{self, Code},
};
use crate::{
    http::problem::Problem,
    identity::passwords::{Password, Passwords},
    protection::Protection,
    service::Service,
    store::prelude::*,
};

/// Ten new codes, to be shown, and their hashes, to be stored.
///
/// # Errors
/// When too much waits to be hashed, or the system has no random numbers.
pub async fn make(passwords: &Passwords) -> Result<(Vec<Code>, Vec<String>), Problem> {
    let codes = Code::generate()?;
    let mut hashes = Vec::with_capacity(codes.len());
    for code in &codes {
        hashes.push(if Protection::MfaOtp.holds() {
            passwords.hash(&secret(code)?).await?
        } else {
            // A twin that keeps them in clear: whoever reads the table signs in.
            code.secret().to_owned()
        });
    }
    Ok((codes, hashes))
}

/// Checks a typed code. Answers the transaction in which it was counted, to be committed whatever the verdict.
///
/// # Errors
/// When the database fails, or too much waits to be hashed.
pub async fn redeem(
    service: &Service,
    attempt: Attempt,
    typed: &str,
) -> Result<(Transaction, Verdict), Problem> {
    let code = Code::parse(typed);
    let mut matched = None;
    if let Some(code) = &code {
        let mut transaction = service.store.begin_identity(Mode::Read).await?;
        let stored = recovery::hash_of(&mut transaction, attempt.account, code.slot()).await?;
        transaction.release();
        let matches = if Protection::MfaOtp.holds() {
            service.passwords.verify(&secret(code)?, stored.as_deref()).await?.matches
        } else {
            stored.as_deref() == Some(code.secret())
        };
        matched = stored.filter(|_| matches);
    }
    let slot = code.map_or(0, |code| code.slot());
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let verdict = recovery::spend(&mut transaction, attempt, slot, matched.as_deref()).await?;
    Ok((transaction, verdict))
}

fn secret(code: &Code) -> Result<Password, FactorError> {
    Password::parse(code.secret()).map_err(|_| FactorError::Unusable("a recovery code can't be hashed"))
}
