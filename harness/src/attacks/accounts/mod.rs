//! Accounts: passwords, guesses and what the sign-in tells; how accounts begin, are changed, and are opened again.

mod account_enumeration;
mod credential_change_reauth;
mod default_creds;
mod door;
mod login_throttle_account;
mod login_throttle_source;
mod page;
mod people;
mod pw_hash_argon2id;
mod pw_policy;
mod reset_token;
mod steps;

use super::Attack;

pub(super) use credential_change_reauth::enters;
pub(super) use door::{Door, got_in};
pub(super) use login_throttle_account::elsewhere;
pub(super) use people::{Person as Account, fresh_password, people, people_with};
pub(super) use steps::{forgets, new_password, reset_token, resets};

pub(super) const ATTACKS: &[&[Attack]] = &[
    pw_hash_argon2id::ATTACKS,
    pw_policy::ATTACKS,
    login_throttle_account::ATTACKS,
    login_throttle_source::ATTACKS,
    account_enumeration::ATTACKS,
    reset_token::ATTACKS,
    credential_change_reauth::ATTACKS,
    default_creds::ATTACKS,
];
