//! What narrows a query to what is the caller's own: the patient's file, the clinician's time, what somebody asked for.

use crate::protection::{AUTHZ_OBJECT_ACCESS, AUTHZ_OBJECT_COLLECTION};
use brigandine_enforce::enforces;
use diesel::query_dsl::methods::FilterDsl;

/// Who reaches only their own lists only their own: no patient reads the others' names in a list (OWASP API1).
#[enforces(AUTHZ_OBJECT_COLLECTION)]
pub(super) fn listed<Q, F>(rows: Q, own: F) -> Q
where
    Q: FilterDsl<F, Output = Q>,
{
    rows.filter(own)
}

/// Who reaches only their own opens only their own, whatever other id they send (OWASP API1, ASVS 8.2.2).
#[enforces(AUTHZ_OBJECT_ACCESS)]
pub(super) fn opened<Q, F>(rows: Q, own: F) -> Q
where
    Q: FilterDsl<F, Output = Q>,
{
    rows.filter(own)
}
