//! Programs that call the API with keys of their own.

use super::Attack;

mod api_key_storage;

pub(super) const ATTACKS: &[&[Attack]] = &[api_key_storage::ATTACKS];
