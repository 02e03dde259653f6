//! How an authenticator becomes a factor: the seed is shown, and a first code must come back.

use super::{FactorError, seal::Seal, totp::Seed};
use crate::{
    ids::{AccountId, RowId},
    sealing::{Keyring, Sealed},
    store::{
        prelude::*,
        schema::{factors, passkey_states},
        types::Moment,
    },
};
use chrono::TimeDelta;

/// How long a seed waits for its first code. It is on a screen meanwhile.
const WAITS: TimeDelta = TimeDelta::minutes(10);

/// Makes a seed and keeps it, unconfirmed; one that was waiting before is gone.
///
/// # Errors
/// When the database or the keys fail.
pub async fn begin(
    transaction: &mut Transaction,
    keyring: &Keyring,
    account: AccountId,
    now: Moment,
) -> Result<Seed, FactorError> {
    let waiting = factors::table
        .filter(factors::account_id.eq(account))
        .filter(factors::kind.eq("totp"))
        .filter(factors::confirmed_at.is_null());
    each!(transaction.connection(), |c| diesel::delete(waiting).execute(c))?;
    let seed = Seed::generate()?;
    keep(transaction, keyring, account, &seed, now, false).await?;
    Ok(seed)
}

/// Forgets every enrolment that is under way, of an authenticator or a passkey.
///
/// # Errors
/// When the database fails.
pub async fn abandon(transaction: &mut Transaction, account: AccountId) -> Result<(), StoreError> {
    let seeds =
        factors::table.filter(factors::account_id.eq(account)).filter(factors::confirmed_at.is_null());
    each!(transaction.connection(), |c| diesel::delete(seeds).execute(c))?;
    let ceremonies = passkey_states::table.filter(passkey_states::account_id.eq(account));
    each!(transaction.connection(), |c| diesel::delete(ceremonies).execute(c))?;
    Ok(())
}

/// Keeps the seed of an authenticator that its owner has from elsewhere: the operator vouches for it.
///
/// # Errors
/// When the database or the keys fail.
pub async fn bring(
    transaction: &mut Transaction,
    keyring: &Keyring,
    account: AccountId,
    seed: &Seed,
    now: Moment,
) -> Result<(), FactorError> {
    keep(transaction, keyring, account, seed, now, true).await
}

async fn keep(
    transaction: &mut Transaction,
    keyring: &Keyring,
    account: AccountId,
    seed: &Seed,
    now: Moment,
    confirmed: bool,
) -> Result<(), FactorError> {
    let (factor, version) = (RowId::random(), 1);
    let new = (
        factors::id.eq(factor),
        factors::account_id.eq(account),
        factors::kind.eq("totp"),
        factors::name.eq("Authenticator"),
        factors::secret.eq(Seal { keyring, account, factor, version }.seal(seed.text())?),
        factors::version.eq(version),
        factors::created_at.eq(now),
        factors::confirmed_at.eq(confirmed.then_some(now)),
    );
    each!(transaction.connection(), |c| diesel::insert_into(factors::table).values(&new).execute(c))?;
    Ok(())
}

/// The seed that waits for its first code, to be shown again after a mistyped one.
///
/// # Errors
/// When the database or the keys fail.
pub async fn waiting(
    transaction: &mut Transaction,
    keyring: &Keyring,
    account: AccountId,
    now: Moment,
) -> Result<Option<Seed>, FactorError> {
    Ok(find(transaction, keyring, account, now).await?.map(|(_, seed)| seed))
}

/// Takes the first code, and with it the authenticator; another one that the account had gives way to it. The code counts
/// as used. `false`: it is wrong, or nothing waits for one.
///
/// # Errors
/// When the database or the keys fail.
pub async fn confirm(
    transaction: &mut Transaction,
    keyring: &Keyring,
    account: AccountId,
    code: &str,
    now: Moment,
) -> Result<bool, FactorError> {
    let Some((factor, seed)) = find(transaction, keyring, account, now).await? else { return Ok(false) };
    let Some(step) = seed.matching_step(code, now)? else { return Ok(false) };
    let new = factors::table.filter(factors::id.eq(factor)).filter(factors::confirmed_at.is_null());
    let confirmed = each!(transaction.connection(), |c| diesel::update(new)
        .set((factors::confirmed_at.eq(Some(now)), factors::last_step.eq(Some(step))))
        .execute(c))?;
    if confirmed == 0 {
        return Ok(false);
    }
    let others = factors::table
        .filter(factors::account_id.eq(account))
        .filter(factors::kind.eq("totp"))
        .filter(factors::id.ne(factor));
    each!(transaction.connection(), |c| diesel::delete(others).execute(c))?;
    Ok(true)
}

async fn find(
    transaction: &mut Transaction,
    keyring: &Keyring,
    account: AccountId,
    now: Moment,
) -> Result<Option<(RowId, Seed)>, FactorError> {
    let oldest = Moment::new(now.time() - WAITS);
    let query = || {
        factors::table
            .filter(factors::account_id.eq(account))
            .filter(factors::kind.eq("totp"))
            .filter(factors::confirmed_at.is_null())
            .filter(factors::created_at.gt(oldest))
            .order((factors::created_at.desc(), factors::id.desc()))
            .select((factors::id, factors::secret, factors::version))
    };
    let row: Option<(RowId, Sealed, i32)> =
        each!(transaction.connection(), |c| query().first(c)).optional()?;
    let Some((factor, sealed, version)) = row else { return Ok(None) };
    let text = Seal { keyring, account, factor, version }.open(&sealed)?;
    Ok(Some((factor, Seed::from_text(text))))
}
