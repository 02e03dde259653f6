//! Object, property and function rules: what the caller may do.

use super::Attack;
use crate::arena::EVERY_SCOPE;

mod authz_escalation;
mod authz_function_matrix;
mod authz_immediate;
mod authz_method_path;
mod authz_object_abac;
mod authz_object_access;
mod authz_object_collection;
mod authz_object_nondisclosure;
mod authz_object_reference;
mod authz_scope;
mod authz_service_account;
mod dto_response_allowlist;
mod dto_role_fields;
mod every_id;
mod every_list;
mod every_pair;
mod mass_assignment;
mod members;

pub(super) use members::AUDIT_EVENT;

pub(super) const ATTACKS: &[&[Attack]] = &[
    authz_object_access::ATTACKS,
    every_id::ATTACKS,
    authz_object_reference::ATTACKS,
    every_pair::ATTACKS,
    authz_object_collection::ATTACKS,
    every_list::ATTACKS,
    authz_object_abac::ATTACKS,
    authz_object_nondisclosure::ATTACKS,
    dto_response_allowlist::ATTACKS,
    dto_role_fields::ATTACKS,
    mass_assignment::ATTACKS,
    authz_function_matrix::ATTACKS,
    authz_method_path::ATTACKS,
    authz_escalation::ATTACKS,
    authz_scope::ATTACKS,
    authz_immediate::ATTACKS,
    authz_service_account::ATTACKS,
];
