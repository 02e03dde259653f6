//! Object, property and function rules: what the caller may do.

use super::Attack;

mod authz_escalation;
mod authz_function_matrix;
mod authz_immediate;
mod authz_method_path;
mod authz_object_access;
mod authz_object_collection;
mod authz_object_nondisclosure;
mod authz_object_reference;
mod authz_scope;
mod dto_response_allowlist;
mod dto_role_fields;
mod mass_assignment;
mod members;

pub(super) const ATTACKS: &[&[Attack]] = &[
    authz_object_access::ATTACKS,
    authz_object_reference::ATTACKS,
    authz_object_collection::ATTACKS,
    authz_object_nondisclosure::ATTACKS,
    dto_response_allowlist::ATTACKS,
    dto_role_fields::ATTACKS,
    mass_assignment::ATTACKS,
    authz_function_matrix::ATTACKS,
    authz_method_path::ATTACKS,
    authz_escalation::ATTACKS,
    authz_scope::ATTACKS,
    authz_immediate::ATTACKS,
];

/// Every scope there is: for tokens that leave the decision to the role.
const EVERY_SCOPE: &str = "profile:read organization:read members:read members:write patients:read patients:write \
                           patients:discharge audit:read";
