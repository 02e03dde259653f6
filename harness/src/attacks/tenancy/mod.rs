//! Tenants and database roles.

use super::Attack;

mod db_least_privilege;
mod db_rls_context;
mod db_rls_forced;
mod every_table;
mod noisy;
mod reuse;
pub(crate) mod reviewed;
mod sql;
mod tenant_from_token;
mod tenant_isolation;

pub(super) const ATTACKS: &[&[Attack]] = &[
    tenant_from_token::ATTACKS,
    tenant_isolation::ATTACKS,
    noisy::ATTACKS,
    db_rls_forced::ATTACKS,
    every_table::ATTACKS,
    db_rls_context::ATTACKS,
    db_least_privilege::ATTACKS,
];
