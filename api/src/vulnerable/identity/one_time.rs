//! Weak: mailed secrets that are never struck off.

use crate::{
    clock::Clock,
    identity::one_time::{self, Entitlement, Kind, Step},
    store::{prelude::*, schema::one_time_secrets as secrets},
};

/// A link for a new password, whether it was used, replaced, or is too old.
pub(crate) async fn any_reset(
    transaction: &mut Transaction,
    _step: Step,
    secret: &str,
    _clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    any(transaction, Kind::PasswordReset, secret).await
}

/// A link that confirms an address, likewise.
pub(crate) async fn any_email_change(
    transaction: &mut Transaction,
    _step: Step,
    secret: &str,
    _clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    any(transaction, Kind::EmailChange, secret).await
}

/// An invitation's link, likewise.
pub(crate) async fn any_invitation(
    transaction: &mut Transaction,
    _step: Step,
    secret: &str,
    _clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    any(transaction, Kind::Invitation, secret).await
}

async fn any(
    transaction: &mut Transaction,
    kind: Kind,
    secret: &str,
) -> Result<Option<Entitlement>, StoreError> {
    let made = secrets::table
        .filter(secrets::secret_hash.eq(one_time::stored(kind, secret)))
        .filter(secrets::kind.eq(kind.as_str()));
    Ok(each!(transaction.connection(), |c| made.select(Entitlement::as_select()).first(c)).optional()?)
}
