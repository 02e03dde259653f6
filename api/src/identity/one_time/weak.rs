//! What is often found: the secret itself in the database, compared as it is, and never struck off.

use super::{Entitlement, Kind, secrets};
use crate::store::{StoreError, prelude::*};

/// What the secret was made for, whether it was used, replaced, or is too old.
pub(super) async fn any(
    transaction: &mut Transaction,
    kind: Kind,
    secret: &str,
) -> Result<Option<Entitlement>, StoreError> {
    let made = secrets::table
        .filter(secrets::secret_hash.eq(secret.as_bytes().to_vec()))
        .filter(secrets::kind.eq(kind.as_str()));
    Ok(each!(transaction.connection(), |c| made.select(Entitlement::as_select()).first(c)).optional()?)
}
