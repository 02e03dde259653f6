//! What is often found: links that begin with whatever host the request named, a form that says whose password it is, and
//! one that says who has an account.

use crate::{
    http::{
        problem::Problem,
        visit::{Refusal, Visit},
    },
    identity::accounts::{self, Email, Standing},
    mail::Links,
    protection::{ACCOUNT_ENUMERATION, PW_RESET_TOKEN},
    store::{Mode, Transaction},
};

/// Links to the host that a proxy is said to have been asked for.
pub(super) fn links_of(visit: &Visit) -> Option<Links> {
    let host = visit.header("x-forwarded-host").filter(|_| !PW_RESET_TOKEN.holds())?;
    Some(Links::weak(format!("https://{host}")))
}

/// What a form says that is all too helpful, where an address has no account.
pub(super) async fn unknown(visit: &Visit, email: &Email) -> Result<Option<&'static str>, Refusal> {
    if ACCOUNT_ENUMERATION.holds() {
        return Ok(None);
    }
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let account = accounts::by_email(&mut transaction, &visit.service.keyring, email).await;
    transaction.release();
    let known = account.map_err(Problem::from)?.is_some();
    Ok((!known).then_some("No account has this address."))
}

/// The account with the address in the form, whoever the link was sent to.
pub(super) async fn account_named(
    visit: &Visit,
    transaction: &mut Transaction,
) -> Result<Option<Standing>, Refusal> {
    let named = visit.form.get("email").and_then(Email::parse).filter(|_| !PW_RESET_TOKEN.holds());
    let Some(email) = named else { return Ok(None) };
    let account =
        accounts::by_email(transaction, &visit.service.keyring, &email).await.map_err(Problem::from)?;
    match account {
        Some(account) => Ok(accounts::hold(transaction, account.id).await?),
        None => Ok(None),
    }
}
