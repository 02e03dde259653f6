//! Encryption at rest.

use super::Attack;

mod aad_binding;
mod every_column;
mod field_encryption;

pub(super) const ATTACKS: &[&[Attack]] =
    &[field_encryption::ATTACKS, aad_binding::ATTACKS, every_column::ATTACKS];
