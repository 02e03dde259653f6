//! Sign-in by an organization's own OpenID provider: whom others vouch for.

use super::Attack;

mod account_linking;
mod house;
mod id_token;
mod origin;
mod transaction_binding;

pub(super) use house::{CLIENT_ID, House, is_in};

pub(super) const ATTACKS: &[&[Attack]] =
    &[transaction_binding::ATTACKS, id_token::ATTACKS, account_linking::ATTACKS, origin::ATTACKS];
