//! What is often found: links that begin with whatever host the request named, and a form that says whose password it is.

use crate::{
    http::{
        problem::Problem,
        visit::{Refusal, Visit},
    },
    identity::accounts::{self, Email},
    ids::AccountId,
    mail::Links,
    protection::Protection,
    store::Transaction,
};

/// Links to the host that a proxy is said to have been asked for.
pub(super) fn links_of(visit: &Visit) -> Option<Links> {
    let host = visit.header("x-forwarded-host").filter(|_| !Protection::PwResetToken.holds())?;
    Some(Links::weak(format!("https://{host}")))
}

/// The account with the address in the form, whoever the link was sent to.
pub(super) async fn account_named(
    visit: &Visit,
    transaction: &mut Transaction,
) -> Result<Option<AccountId>, Refusal> {
    let named = visit.form.get("email").and_then(Email::parse).filter(|_| !Protection::PwResetToken.holds());
    let Some(email) = named else { return Ok(None) };
    let account =
        accounts::by_email(transaction, &visit.service.keyring, &email).await.map_err(Problem::from)?;
    Ok(account.map(|account| account.id))
}
