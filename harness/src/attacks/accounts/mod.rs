//! Accounts: how they begin, how they are changed, how their owners get in again.

use super::Attack;

mod credential_change_reauth;
mod default_creds;
mod reset_token;
mod steps;

pub(super) const ATTACKS: &[&[Attack]] =
    &[reset_token::ATTACKS, credential_change_reauth::ATTACKS, default_creds::ATTACKS];
