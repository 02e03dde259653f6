//! What makes a secret of each kind worth something. Each kind is a protection of its own.

use super::{Entitlement, Kind, Step, alive};
use crate::{
    clock::Clock,
    identity::secret::hash,
    protection::{ACCOUNT_DEFAULT_CREDS, CREDENTIAL_CHANGE_REAUTH, PW_RESET_TOKEN},
    store::{StoreError, Transaction},
};
use brigandine_enforce::enforces;

/// What is stored of a secret.
pub(crate) fn stored(kind: Kind, secret: &str) -> Vec<u8> {
    match kind {
        Kind::PasswordReset => stored_of_reset(secret),
        Kind::EmailChange => stored_of_email_change(secret),
        Kind::Invitation => stored_of_invitation(secret),
    }
}

/// What a secret is for, if it still works.
pub(super) async fn redeem(
    transaction: &mut Transaction,
    kind: Kind,
    step: Step,
    secret: &str,
    clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    match kind {
        Kind::PasswordReset => redeem_reset(transaction, step, secret, clock).await,
        Kind::EmailChange => redeem_email_change(transaction, step, secret, clock).await,
        Kind::Invitation => redeem_invitation(transaction, step, secret, clock).await,
    }
}

/// Whoever reads the table has no link for a new password (ASVS 11.4.1).
#[enforces(PW_RESET_TOKEN, otherwise = crate::vulnerable::identity::in_clear)]
fn stored_of_reset(secret: &str) -> Vec<u8> {
    hash(secret).to_vec()
}

/// Whoever reads the table confirms no address (ASVS 11.4.1).
#[enforces(CREDENTIAL_CHANGE_REAUTH, otherwise = crate::vulnerable::identity::in_clear)]
fn stored_of_email_change(secret: &str) -> Vec<u8> {
    hash(secret).to_vec()
}

/// Whoever reads the table accepts no invitation (ASVS 11.4.1).
#[enforces(ACCOUNT_DEFAULT_CREDS, otherwise = crate::vulnerable::identity::in_clear)]
fn stored_of_invitation(secret: &str) -> Vec<u8> {
    hash(secret).to_vec()
}

/// A link for a new password works once, for ten minutes, and until a newer one is sent: whoever finds it later in a
/// mailbox gets nowhere (ASVS 6.5.1, 6.5.5; CWE-640).
#[enforces(PW_RESET_TOKEN, otherwise = crate::vulnerable::identity::one_time::any_reset)]
async fn redeem_reset(
    transaction: &mut Transaction,
    step: Step,
    secret: &str,
    clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    alive(transaction, Kind::PasswordReset, step, secret, clock).await
}

/// A link that confirms an address works once, for a day, and until a newer one is sent: an old one must not take the
/// account back to an address that its owner gave up (ASVS 6.5.1).
#[enforces(CREDENTIAL_CHANGE_REAUTH, otherwise = crate::vulnerable::identity::one_time::any_email_change)]
async fn redeem_email_change(
    transaction: &mut Transaction,
    step: Step,
    secret: &str,
    clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    alive(transaction, Kind::EmailChange, step, secret, clock).await
}

/// An invitation is accepted once, while it stands: a link that was forwarded or withdrawn lets nobody in (ASVS 6.4.1).
#[enforces(ACCOUNT_DEFAULT_CREDS, otherwise = crate::vulnerable::identity::one_time::any_invitation)]
async fn redeem_invitation(
    transaction: &mut Transaction,
    step: Step,
    secret: &str,
    clock: Clock,
) -> Result<Option<Entitlement>, StoreError> {
    alive(transaction, Kind::Invitation, step, secret, clock).await
}
