//! What the address says, beyond the endpoint that it leads to.

use crate::{
    access::{Allowed, Permission},
    audit::Reason,
    http::{
        input,
        problem::{Kind, Problem},
    },
    protection::{AUTHZ_METHOD_PATH, TENANT_FROM_TOKEN},
};
use actix_web::HttpRequest;
use brigandine_enforce::enforces;
use uuid::Uuid;

/// No address of this API needs an escape. The router would decode one, and a gateway in front that decides by the
/// path as it came would have decided about another.
#[enforces(AUTHZ_METHOD_PATH, answers = true)]
pub(in crate::http) fn is_spelled_plainly(request: &HttpRequest) -> bool {
    !request.uri().path().contains('%')
}

/// An organization in the path must be an id at all, and the token's.
pub(super) fn check_organization<P: Permission>(
    path: &str,
    request: &HttpRequest,
    allowed: &Allowed<P>,
) -> Result<(), Problem> {
    if !path.contains("{organization}") {
        return Ok(());
    }
    let named = input::uuid(request.match_info().get("organization").unwrap_or_default())?;
    check_own_organization(named, allowed)
}

/// The tenant is the token's. Another one in the path is the name of nothing, or whoever wrote it there would choose whose
/// data they get (CWE-639).
#[enforces(TENANT_FROM_TOKEN)]
fn check_own_organization<P: Permission>(named: Uuid, allowed: &Allowed<P>) -> Result<(), Problem> {
    if named == *allowed.organization().as_uuid() {
        Ok(())
    } else {
        Err(Problem::new(Kind::NotFound).because(Reason::ORGANIZATION))
    }
}
