//! `/password/reset`: a new password by a mailed link. It signs nobody in, so a second factor is asked for as ever.

use super::{Change, RULE, changed, choose};
use crate::{
    audit::{Event, EventName, Outcome, Reason},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts::{self, Account, Standing, Verified},
        one_time::{self, Kind as Secret},
        pages::{Form, Link, Notice as Said, ResetPassword},
        sessions::Origin,
        throttle::{self, Key},
    },
    mail::Notice,
    protection::PW_RESET_TOKEN,
    store::{Mode, Transaction},
};
use actix_web::http::StatusCode;
use brigandine_enforce::enforces;

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let token = visit.query.get("token").unwrap_or_default().to_owned();
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    account_of(visit, &mut transaction, &token).await?;
    transaction.release();
    form(visit, &token, None, StatusCode::OK)
}

pub(super) async fn reset(visit: &mut Visit) -> Result<Reply, Refusal> {
    let token = visit.form.get("token").unwrap_or_default().to_owned();
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let account = account_of(visit, &mut transaction, &token).await?;
    transaction.release();
    let email = account.email(&visit.service.keyring).map_err(Problem::from)?;
    let given = visit.form.get("new_password").unwrap_or_default().to_owned();
    let password_hash = match choose(visit, &given, &[email.as_str()]).await? {
        Ok(password_hash) => password_hash,
        // The link still works: it is used up with the password that is taken.
        Err(sentence) => return form(visit, &token, Some(sentence), StatusCode::UNPROCESSABLE_ENTITY),
    };
    replace(visit, &token, Verified::account(&account), &email, password_hash).await?;
    super::notice::post(visit, &email, Notice::PasswordReset);
    let page = Said {
        title: "Your password was changed",
        sentence: "You are signed out everywhere. Sign in with the new password.",
        next: Some(Link { name: "Sign in", href: "/signin" }),
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

/// Uses the link up, sets the password, and ends everything that the old one opened: all of it, or nothing.
async fn replace(
    visit: &Visit,
    token: &str,
    verified: Verified,
    email: &str,
    password_hash: String,
) -> Result<(), Refusal> {
    let (service, clock) = (&visit.service, visit.service.clock);
    let issuer = service.identifier.as_str();
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    // The account is locked before the link is used up: whatever else changes it waits.
    let standing =
        verified.stands(&mut transaction, clock).await?.ok_or_else(|| invalid(Reason::RESET_OVERTAKEN))?;
    let standing = named_by_link(visit, &mut transaction, token, standing).await?;
    let change = Change::PasswordReset;
    let changed = changed(&mut transaction, issuer, clock, &standing, change, None).await?;
    accounts::set_password(&mut transaction, &changed, &password_hash, clock).await?;
    // This is the proofed recovery that opens an account again after too many guesses.
    throttle::reset(&mut transaction, Key::anybody(&service.keyring, email)).await?;
    let event = Event {
        object_type: Some("account"),
        objects: vec![*standing.id().as_uuid()],
        ..visit.event(EventName::AuthnPasswordChange, Outcome::Success, Some(Reason::RESET))
    };
    let by = By::Themselves(&Origin::OWN);
    account_events::record(&mut transaction, issuer, standing.id(), by, &event).await?;
    transaction.commit().await?;
    Ok(())
}

/// Uses the link up. It opens the account that it was mailed for, whatever else the form names (CWE-640).
#[enforces(PW_RESET_TOKEN, otherwise = crate::vulnerable::identity::credentials::named_by_form)]
async fn named_by_link(
    visit: &Visit,
    transaction: &mut Transaction,
    token: &str,
    standing: Standing,
) -> Result<Standing, Refusal> {
    let used = one_time::consume(transaction, Secret::PasswordReset, token, visit.service.clock).await?;
    let fits = used.and_then(|used| used.account_id) == Some(standing.id());
    Some(standing).filter(|_| fits).ok_or_else(|| invalid(Reason::RESET_USED))
}

/// The account that a link is for, while both stand.
async fn account_of(visit: &Visit, transaction: &mut Transaction, token: &str) -> Result<Account, Refusal> {
    let found = one_time::look(transaction, Secret::PasswordReset, token, visit.service.clock).await?;
    let id = found.and_then(|found| found.account_id).ok_or_else(|| invalid(Reason::RESET_TOKEN))?;
    let account = accounts::by_id(transaction, id).await?;
    account.filter(Account::is_active).ok_or_else(|| invalid(Reason::RESET_ACCOUNT))
}

/// Used, replaced, too old, or never made: one answer for all.
fn invalid(reason: Reason) -> Refusal {
    Problem::new(Kind::ResetTokenInvalid).because(reason).into()
}

fn form(
    visit: &mut Visit,
    token: &str,
    error: Option<&'static str>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let csrf = visit.csrf()?;
    let page = ResetPassword { form: Form::again(&csrf, error, &visit.form), token, rule: RULE };
    Ok(Reply::page(status, &page)?)
}
