//! `/password/forgot`: a link to the stored address of an account, if there is one.
//!
//! The answer is the same for every address and leaves before anything is looked up, so neither its words nor its time
//! tell whether there is an account (CWE-204, CWE-208).

use crate::{
    audit::{Event, EventName, Outcome},
    clock::Clock,
    http::{
        problem::Problem,
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts::{self, Account, Email, Standing, Verified},
        one_time::{self, Kind},
        pages::{ForgotPassword, Form, Notice},
    },
    ids::AccountId,
    mail::{self, Asked, Letter, Links, Mail, Page, Queue, Recipient},
    protection::{ACCOUNT_ENUMERATION, PW_RESET_TOKEN},
    service::Service,
    store::{Mode, StoreError, Transaction},
};
use actix_web::http::StatusCode;
use brigandine_enforce::enforces;
use chrono::TimeDelta;
use std::sync::Arc;

/// Mails an hour to one account.
const MAILS_AN_HOUR: i64 = 3;

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    form(visit, None, StatusCode::OK)
}

pub(super) async fn ask(visit: &mut Visit) -> Result<Reply, Refusal> {
    let Some(email) = visit.form.get("email").and_then(Email::parse) else {
        return form(visit, Some("Enter an e-mail address."), StatusCode::UNPROCESSABLE_ENTITY);
    };
    answer(visit, email).await
}

/// One answer for every address, given before anything is looked up: neither its words nor its time tell whether there
/// is an account (CWE-204, CWE-208; ASVS 6.3.8).
#[enforces(ACCOUNT_ENUMERATION, otherwise = crate::vulnerable::identity::credentials::tell_who_is_unknown)]
async fn answer(visit: &mut Visit, email: Email) -> Result<Reply, Refusal> {
    write_later(visit, email)?;
    Ok(Reply::page(StatusCode::ACCEPTED, &Notice::CHECK_MAIL)?)
}

/// Has the mail written once the answer is under way.
///
/// # Errors
/// `quota-exceeded`; `dependency-unavailable`, when too many wait already.
pub(crate) fn write_later(visit: &Visit, email: Email) -> Result<(), Refusal> {
    visit.service.limits.mail(visit.facts.address)?;
    let links = links(visit);
    let event = visit.event(EventName::PasswordResetRequested, Outcome::Success, None);
    let service = Arc::clone(&visit.service);
    let worker = Arc::clone(&service);
    let work = move || write(Arc::clone(&worker), links.clone(), email.clone(), event.clone());
    service.mailer.later(Queue::Resets, work).map_err(|full| Problem::unavailable(&full))?;
    Ok(())
}

/// Links lead to the address in the settings, whatever host the request names: else whoever asks chooses where the
/// secret goes (CWE-640).
#[enforces(PW_RESET_TOKEN, otherwise = crate::vulnerable::identity::credentials::links_to_the_named_host)]
fn links(visit: &Visit) -> Links {
    visit.service.links.clone()
}

async fn write(
    service: Arc<Service>,
    links: Links,
    email: Email,
    event: Event,
) -> Result<Option<Mail>, Problem> {
    let (clock, keyring) = (service.clock, &service.keyring);
    // First without the right to write: most of a flood ends here.
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let found = addressee(&mut transaction, &service, &email).await?;
    transaction.release();
    if found.is_none() {
        return Ok(None);
    }
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let Some(account) = addressee(&mut transaction, &service, &email).await? else { return Ok(None) };
    // Locked, so that no change of the address comes in between.
    let standing = Verified::account(&account).stands(&mut transaction, clock).await?;
    let Some(account) = standing.as_ref().map(Standing::account) else { return Ok(None) };
    // To the address as it is stored, never as it was typed: two spellings may be two mailboxes.
    let stored = account.email(keyring)?;
    let Ok(to) = Recipient::parse(&stored) else { return Ok(None) };
    let new = one_time::New::password_reset(account.id);
    let secret = one_time::issue(&mut transaction, new, clock).await?;
    // Counted once more, now that whoever does the same at this moment waits for this one: both may have found room for
    // one. Without a commit nothing was issued.
    if mails_sent(&mut transaction, account.id, clock).await? > mails_an_hour() {
        return Ok(None);
    }
    let (metrics, asked) = (service.metrics.mails(), (Asked::PasswordReset, &email));
    let Some(postage) = mail::stamp(&mut transaction, keyring, &metrics, asked, clock).await? else {
        // Without a commit nothing was issued.
        drop(transaction);
        return mail::withheld(&service, Asked::PasswordReset, event).await;
    };
    let event = Event { object_type: Some("account"), objects: vec![*account.id.as_uuid()], ..event };
    let issuer = service.identifier.as_str();
    account_events::record(&mut transaction, issuer, account.id, By::Anybody, &event).await?;
    transaction.commit().await?;
    let link = links.to(Page::PasswordReset, &secret);
    Ok(Some(Mail { to, letter: Letter::PasswordReset { link, postage } }))
}

/// How many mails an hour go to one account, whoever asks for them: a bombed mailbox hides the one mail that matters
/// (CWE-799).
#[enforces(PW_RESET_TOKEN, answers = i64::MAX)]
fn mails_an_hour() -> i64 {
    MAILS_AN_HOUR
}

async fn mails_sent(
    transaction: &mut Transaction,
    account: AccountId,
    clock: Clock,
) -> Result<i64, StoreError> {
    one_time::sent_within(transaction, account, Kind::PasswordReset, TimeDelta::hours(1), clock).await
}

/// The account that may be sent a link now.
async fn addressee(
    transaction: &mut Transaction,
    service: &Service,
    email: &Email,
) -> Result<Option<Account>, Problem> {
    let account = accounts::by_email(transaction, &service.keyring, email).await?;
    // An account without a password belongs to somebody who signs in otherwise; a mail must not open a second door. An
    // address that was never confirmed may be a stranger's.
    let Some(account) = account.filter(|account| {
        let confirmed = account.email_verified_at.is_some();
        account.is_active() && account.password_hash.is_some() && confirmed
    }) else {
        return Ok(None);
    };
    let sent = mails_sent(transaction, account.id, service.clock).await?;
    Ok((sent < mails_an_hour()).then_some(account))
}

pub(crate) fn form(
    visit: &mut Visit,
    error: Option<&'static str>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let csrf = visit.csrf()?;
    let page = ForgotPassword { form: Form::again(&csrf, error, &visit.form) };
    Ok(Reply::page(status, &page)?)
}
