//! Secrets.

use super::Attack;

mod none_in_source;
mod redaction;
mod scanner;

pub(super) const ATTACKS: &[&[Attack]] = &[none_in_source::ATTACKS, redaction::ATTACKS];
