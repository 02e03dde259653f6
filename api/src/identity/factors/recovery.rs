//! Recovery codes: ten, shown once, each good for one sign-in.
//!
//! A code is a digit that says which of the ten it is, and 80 random bits. The digit is no secret; it spares the server
//! nine of ten hashes. What is stored is the argon2id hash of the 80 bits, as for a password.

use super::{Attempt, FactorError, Verdict, attempt};
use crate::{
    ids::AccountId,
    protection::MFA_OTP,
    store::{prelude::*, schema::recovery_codes as codes, types::Moment},
};
use aws_lc_rs::rand::fill;
use brigandine_enforce::enforces;
use std::fmt;
use zeroize::Zeroizing;

/// How many an account has (catalogue P5).
pub const CODES: i32 = 10;
/// Characters of five bits each: 80 bits.
const LENGTH: usize = 16;
/// Crockford's alphabet: no letter that looks like a digit or another letter.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A recovery code, as it was made or typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    slot: i32,
    secret: Zeroizing<String>,
}

impl Code {
    /// The ten codes of an account.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn generate() -> Result<Vec<Self>, FactorError> {
        (0..CODES)
            .map(|slot| {
                let mut bytes = Zeroizing::new([0u8; LENGTH]);
                fill(bytes.as_mut_slice()).map_err(|_| FactorError::Unusable("no random numbers"))?;
                let secret = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)));
                Ok(Self { slot, secret: Zeroizing::new(secret.map(|letter| char::from(*letter)).collect()) })
            })
            .collect()
    }

    /// Reads what a person typed: any case, with or without hyphens and spaces, O for 0 and I or L for 1.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 64 {
            return None;
        }
        let mut letters = typed.chars().filter(|letter| !matches!(letter, ' ' | '-'));
        let slot = i32::try_from(letters.next()?.to_digit(10)?).ok()?;
        let secret: Option<String> = letters
            .map(|letter| match letter.to_ascii_uppercase() {
                'O' => Some('0'),
                'I' | 'L' => Some('1'),
                letter => u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte)).then_some(letter),
            })
            .collect();
        let secret = Zeroizing::new(secret?);
        (secret.len() == LENGTH).then_some(Self { slot, secret })
    }

    /// Which of the ten.
    #[must_use]
    pub const fn slot(&self) -> i32 {
        self.slot
    }

    /// What is hashed.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

/// As it is shown: `3-ABCD-EFGH-JKMN-PQRS`.
impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.slot)?;
        for (position, letter) in self.secret.chars().enumerate() {
            if position % 4 == 0 {
                formatter.write_str("-")?;
            }
            write!(formatter, "{letter}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code([REDACTED])")
    }
}

/// Puts ten new codes in the place of all that there were. `hashes` go with [`Code::generate`]'s codes, in their order.
///
/// # Errors
/// When the database fails.
pub async fn replace(
    transaction: &mut Transaction,
    account: AccountId,
    hashes: &[String],
    now: Moment,
) -> Result<(), FactorError> {
    let old = codes::table.filter(codes::account_id.eq(account));
    each!(transaction.connection(), |c| diesel::delete(old).execute(c))?;
    for (slot, hash) in (0..CODES).zip(hashes) {
        let new = (
            codes::account_id.eq(account),
            codes::slot.eq(slot),
            codes::code_hash.eq(hash.as_str()),
            codes::created_at.eq(now),
        );
        each!(transaction.connection(), |c| diesel::insert_into(codes::table).values(new).execute(c))?;
    }
    Ok(())
}

/// The stored hash of the code in that place, used or not: so that a used code costs the same time as a wrong one.
///
/// # Errors
/// When the database fails.
pub async fn hash_of(
    transaction: &mut Transaction,
    account: AccountId,
    slot: i32,
) -> Result<Option<String>, FactorError> {
    let query = || {
        codes::table
            .filter(codes::account_id.eq(account))
            .filter(codes::slot.eq(slot))
            .select(codes::code_hash)
    };
    Ok(each!(transaction.connection(), |c| query().first(c)).optional()?)
}

/// Counts the attempt and, if the typed code matched that very hash, uses it up: once, whoever else tries it at the same
/// moment. Hashing is slow and is done before, outside any transaction; what it found is told to nobody who has no try
/// left.
///
/// # Errors
/// When the database fails; the code is then not used up.
pub async fn spend(
    transaction: &mut Transaction,
    attempt: Attempt,
    slot: i32,
    matched: Option<&str>,
) -> Result<Verdict, FactorError> {
    attempt::decide(transaction, attempt, async |transaction: &mut Transaction| match matched {
        Some(hash) => use_up(transaction, attempt, slot, hash).await,
        None => Ok(false),
    })
    .await
}

/// Strikes the code off, in one statement: it works once, whoever else brings it at the same moment (ASVS 6.5.1).
#[enforces(MFA_OTP, answers = Ok(true))]
async fn use_up(
    transaction: &mut Transaction,
    attempt: Attempt,
    slot: i32,
    hash: &str,
) -> Result<bool, FactorError> {
    // The hash again: the codes may have been replaced while it was computed.
    let unused = codes::table
        .filter(codes::account_id.eq(attempt.account))
        .filter(codes::slot.eq(slot))
        .filter(codes::code_hash.eq(hash))
        .filter(codes::used_at.is_null());
    let used = each!(transaction.connection(), |c| diesel::update(unused)
        .set(codes::used_at.eq(Some(attempt.now)))
        .execute(c))?;
    Ok(used == 1)
}

/// How many codes are left.
///
/// # Errors
/// When the database fails.
pub async fn left(transaction: &mut Transaction, account: AccountId) -> Result<i64, FactorError> {
    let query =
        || codes::table.filter(codes::account_id.eq(account)).filter(codes::used_at.is_null()).count();
    Ok(each!(transaction.connection(), |c| query().get_result(c))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_different_codes_of_eighty_bits() {
        let codes = Code::generate().unwrap();
        assert_eq!(codes.len(), 10);
        for (slot, code) in (0..).zip(&codes) {
            assert_eq!((code.slot(), code.secret().len()), (slot, 16));
            assert_eq!(codes.iter().filter(|other| other.secret() == code.secret()).count(), 1);
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for code in Code::generate().unwrap() {
            let shown = code.to_string();
            let lower = shown.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            // The slot's digit stays a digit.
            let lower = format!("{}{}", code.slot(), &lower[1..]);
            for typed in [shown.clone(), lower, shown.replace('-', "")] {
                assert_eq!(Code::parse(&typed).unwrap(), code);
            }
        }
    }

    #[test]
    fn nothing_else_is_a_code() {
        for typed in
            ["", "3", "X-ABCD-EFGH-JKMN-PQRS", "3-ABCD-EFGH-JKMN-PQR", "3-ABCD-EFGH-JKMN-PQRU", "123456"]
        {
            assert!(Code::parse(typed).is_none(), "{typed}");
        }
        assert!(Code::parse(&"3".repeat(1000)).is_none());
    }

    #[test]
    fn a_code_does_not_print_itself_by_accident() {
        let code = Code::generate().unwrap().remove(0);
        assert_eq!(format!("{code:?}"), "Code([REDACTED])");
    }
}
