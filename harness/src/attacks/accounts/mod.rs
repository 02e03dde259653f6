//! Accounts: passwords, guesses, and what the sign-in tells.

mod account_enumeration;
mod door;
mod login_throttle_account;
mod login_throttle_source;
mod page;
mod people;
mod pw_hash_argon2id;
mod pw_policy;

use super::Attack;

pub(super) use door::Door;

pub(super) const ATTACKS: &[&[Attack]] = &[
    pw_hash_argon2id::ATTACKS,
    pw_policy::ATTACKS,
    login_throttle_account::ATTACKS,
    login_throttle_source::ATTACKS,
    account_enumeration::ATTACKS,
];
