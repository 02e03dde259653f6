//! Tenants and database roles.

use super::Attack;

mod db_least_privilege;
mod db_rls_context;
mod db_rls_forced;
mod sql;
mod tenant_from_token;
mod tenant_isolation;

pub(super) const ATTACKS: &[&[Attack]] = &[
    tenant_from_token::ATTACKS,
    tenant_isolation::ATTACKS,
    db_rls_forced::ATTACKS,
    db_rls_context::ATTACKS,
    db_least_privilege::ATTACKS,
];
