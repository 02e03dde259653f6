//! Which sessions give way to a new one. Each function is one reason to leave sessions standing.

use crate::protection::{MFA_REQUIRED, OIDC_ACCOUNT_LINKING};
use brigandine_enforce::enforces;
use diesel::query_dsl::methods::FilterDsl;

/// Those in which as much was shown as in the new one: whoever knows the password only pushes out none with every factor.
#[enforces(MFA_REQUIRED)]
pub(super) fn of_strength<Q, F>(sessions: Q, of_the_same: F) -> Q
where
    Q: FilterDsl<F, Output = Q>,
{
    sessions.filter(of_the_same)
}

/// Those of the new one's origin: whoever an organization's provider vouches for pushes out none of the account's owner.
#[enforces(OIDC_ACCOUNT_LINKING)]
pub(super) fn of_origin<Q, F>(sessions: Q, of_the_same: F) -> Q
where
    Q: FilterDsl<F, Output = Q>,
{
    sessions.filter(of_the_same)
}
