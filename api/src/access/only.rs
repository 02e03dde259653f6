//! What narrows a query to the rows that the caller may reach. Each function is one reason to leave rows out.

use crate::protection::{AUTHZ_OBJECT_ACCESS, AUTHZ_OBJECT_COLLECTION, DB_RLS_FORCED, TENANT_ISOLATION};
use brigandine_enforce::enforces;
use diesel::query_dsl::methods::FilterDsl;

/// Only rows of the caller's organization: another one's id, guessed or overheard, finds nothing (ASVS 8.4.1).
#[enforces(TENANT_ISOLATION, behind = DB_RLS_FORCED)]
pub(crate) fn of_tenant<Q, F>(rows: Q, of_organization: F) -> Q
where
    Q: FilterDsl<F, Output = Q>,
{
    rows.filter(of_organization)
}

/// A list holds only what its reader could also open one by one: else whoever may list reads everybody's (OWASP API1).
#[enforces(AUTHZ_OBJECT_COLLECTION, behind = DB_RLS_FORCED)]
pub(crate) fn listed_of_tenant<Q, F>(rows: Q, of_organization: F) -> Q
where
    Q: FilterDsl<F, Output = Q>,
{
    of_tenant(rows, of_organization)
}

/// An id opens only what its sender may reach: else whoever has an id has the object (OWASP API1, ASVS 8.2.2).
#[enforces(AUTHZ_OBJECT_ACCESS, behind = DB_RLS_FORCED)]
pub(crate) fn opened_of_tenant<Q, F>(rows: Q, of_organization: F) -> Q
where
    Q: FilterDsl<F, Output = Q>,
{
    of_tenant(rows, of_organization)
}
