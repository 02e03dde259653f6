//! `/password/forgot`: a link to the stored address of an account, if there is one.
//!
//! The answer is the same for every address and leaves before anything is looked up, so neither its words nor its time
//! tell whether there is an account (CWE-204, CWE-208).

use crate::{
    audit::{self, Event, EventName, Outcome},
    http::{
        problem::Problem,
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts::{self, Email},
        one_time::{self, Kind},
        pages::{ForgotPassword, Form, Notice},
    },
    mail::{Letter, Links, Mail, Page, Recipient},
    protection::Protection,
    service::Service,
    store::Mode,
};
use actix_web::http::StatusCode;
use chrono::TimeDelta;
use std::sync::Arc;

/// Mails an hour to one account, whoever asks for them: a bombed mailbox hides the one mail that matters.
const MAILS_AN_HOUR: i64 = 3;

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    form(visit, None, StatusCode::OK)
}

pub(super) async fn ask(visit: &mut Visit) -> Result<Reply, Refusal> {
    let Some(email) = visit.form.get("email").and_then(Email::parse) else {
        return form(visit, Some("Enter an e-mail address."), StatusCode::UNPROCESSABLE_ENTITY);
    };
    let links = visit.service.links.clone();
    #[cfg(feature = "twin")]
    let links = super::weak::links_of(visit).unwrap_or(links);
    let event = visit.event(EventName::PasswordResetRequested, Outcome::Success, None);
    let service = Arc::clone(&visit.service);
    let work = write(Arc::clone(&service), links, email, event);
    service.mailer.later(work).map_err(|full| Problem::unavailable(&full))?;
    Ok(Reply::page(StatusCode::ACCEPTED, &Notice::CHECK_MAIL)?)
}

async fn write(
    service: Arc<Service>,
    links: Links,
    email: Email,
    event: Event,
) -> Result<Option<Mail>, Problem> {
    let (clock, keyring) = (service.clock, &service.keyring);
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let account = accounts::by_email(&mut transaction, keyring, &email).await.map_err(Problem::from)?;
    // An account without a password belongs to somebody who signs in otherwise; a mail must not open a second door. An
    // address that was never confirmed may be a stranger's.
    let Some(account) = account.filter(|account| {
        let confirmed = account.email_verified_at.is_some();
        account.is_active() && account.password_hash.is_some() && confirmed
    }) else {
        return Ok(None);
    };
    let window = TimeDelta::hours(1);
    let sent =
        one_time::sent_within(&mut transaction, account.id, Kind::PasswordReset, window, clock).await?;
    if sent >= MAILS_AN_HOUR && Protection::PwResetToken.holds() {
        return Ok(None);
    }
    // To the address as it is stored, never as it was typed: two spellings may be two mailboxes.
    let stored = account.email(keyring)?;
    let Ok(to) = Recipient::parse(&stored) else { return Ok(None) };
    let new = one_time::New::password_reset(account.id);
    let secret = one_time::issue(&mut transaction, new, clock).await?;
    let event = Event { object_type: Some("account"), objects: vec![*account.id.as_uuid()], ..event };
    audit::write(&mut transaction, &event).await.map_err(|error| Problem::unavailable(&error))?;
    transaction.commit().await?;
    Ok(Some(Mail { to, letter: Letter::PasswordReset { link: links.to(Page::PasswordReset, &secret) } }))
}

fn form(visit: &mut Visit, error: Option<&'static str>, status: StatusCode) -> Result<Reply, Refusal> {
    let csrf = visit.csrf()?;
    let page = ForgotPassword { form: Form { csrf: &csrf, error, ..Form::default() } };
    Ok(Reply::page(status, &page)?)
}
