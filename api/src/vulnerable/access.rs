//! Weak: what a caller may do.

use crate::{
    access::{
        Allowed, Permission, PermissionName, Reach, Role,
        policy::{granted, is_for_people},
    },
    http::problem::Problem,
    identity::Caller,
};

/// What gathers in a caller's name does so with the rights of the service itself (CWE-441).
pub(crate) fn rights_of_a_worker<P: Permission, Q: Permission>(
    _: &Caller,
    allowed: &Allowed<P>,
) -> Option<Allowed<Q>> {
    Some(allowed.as_worker())
}

/// A program is a member like any other, and may do what people may.
pub(crate) fn reach_of_programs_and_people(role: Role, permission: PermissionName) -> Result<Reach, Problem> {
    if role == Role::Service && is_for_people(permission) {
        return Ok(Reach::Organization);
    }
    granted(role, permission)
}
