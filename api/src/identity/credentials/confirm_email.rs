//! `/email/confirm`: the owner of an address confirms it by its link. From then on it is the account's.

use super::{Change, changed, confirmation::place, notice};
use crate::{
    audit::{Event, EventName, Outcome, Reason},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts::{self, AccountError, Email, Standing},
        one_time::{self, Entitlement, Kind as Secret},
        pages::{ConfirmEmail, Form, Link, Notice as Said},
        sessions::Origin,
    },
    mail::Notice,
    store::{Mode, StoreError, Transaction},
};
use actix_web::http::StatusCode;

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let token = visit.query.get("token").unwrap_or_default().to_owned();
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let found = one_time::look(&mut transaction, Secret::EmailChange, &token, visit.service.clock).await?;
    transaction.release();
    found.ok_or_else(|| gone(Reason::EMAIL_CHANGE_TOKEN))?;
    let csrf = visit.csrf()?;
    let page = ConfirmEmail { form: Form { csrf: &csrf, ..Form::default() }, token: &token };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

pub(super) async fn confirm(visit: &mut Visit) -> Result<Reply, Refusal> {
    let token = visit.form.get("token").unwrap_or_default().to_owned();
    let (service, clock) = (&visit.service, visit.service.clock);
    let issuer = service.identifier.as_str();
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let standing = named(visit, &mut transaction, &token).await?;
    let used = one_time::consume(&mut transaction, Secret::EmailChange, &token, clock).await?;
    let used = used.ok_or_else(|| gone(Reason::EMAIL_CHANGE_USED))?;
    let new = opened(visit, &used)?;
    let account = standing.id();
    let old = standing.account().email(&service.keyring).map_err(Problem::from)?;
    // A link for the password that is under way to the old address must not outlive it.
    let change = Change::EmailConfirmed;
    let changed = changed(&mut transaction, issuer, clock, &standing, change, None).await?;
    match accounts::set_email(&mut transaction, &service.keyring, &changed, &new, clock).await {
        Ok(()) => {}
        // Somebody else has it by now.
        Err(AccountError::Store(StoreError::UniqueViolation(_))) => {
            return Err(gone(Reason::EMAIL_CHANGE_TAKEN));
        }
        Err(error) => return Err(Problem::from(error).into()),
    }
    let event = Event {
        object_type: Some("account"),
        objects: vec![*account.as_uuid()],
        ..visit.event(EventName::UserUpdated, Outcome::Success, Some(Reason::EMAIL))
    };
    let by = By::Themselves(&Origin::OWN);
    account_events::record(&mut transaction, issuer, account, by, &event).await?;
    transaction.commit().await?;
    if Email::parse(&old).is_none_or(|old| old.folded() != new.folded()) {
        notice::post(visit, &old, Notice::EmailChanged);
    }
    let page = Said {
        title: "Your e-mail address is confirmed",
        sentence: "Sign in with this address from now on.",
        next: Some(Link { name: "Go to your account", href: "/account" }),
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

/// The account that the link is for, locked before the link is used up: whatever else changes it waits.
async fn named(visit: &Visit, transaction: &mut Transaction, token: &str) -> Result<Standing, Refusal> {
    let found = one_time::look(transaction, Secret::EmailChange, token, visit.service.clock).await?;
    let account = found.and_then(|found| found.account_id).ok_or_else(|| gone(Reason::EMAIL_CHANGE_USED))?;
    accounts::hold(transaction, account).await?.ok_or_else(|| gone(Reason::EMAIL_CHANGE_ACCOUNT))
}

/// The address that the link gives the account.
fn opened(visit: &Visit, used: &Entitlement) -> Result<Email, Refusal> {
    let sealed = used.email.as_ref().ok_or_else(|| gone(Reason::EMAIL_CHANGE_SHAPE))?;
    let text = visit.service.keyring.open(place(used.id), sealed).map_err(Problem::from)?;
    Email::parse(&text).ok_or_else(|| gone(Reason::EMAIL_CHANGE_SHAPE))
}

/// Used, replaced, too old, or never made: one answer for all.
fn gone(reason: Reason) -> Refusal {
    Problem::new(Kind::LinkGone).because(reason).into()
}
