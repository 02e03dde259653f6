//! `/email/confirm`: the owner of an address confirms it by its link. From then on it is the account's.

use super::{confirmation::place, notice};
use crate::{
    audit::{self, EventName, Outcome},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts::{self, Account, AccountError, Email},
        one_time::{self, Entitlement, Kind as Secret},
        pages::{ConfirmEmail, Form, Link, Notice as Said},
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
    found.ok_or_else(|| gone("email-change.token"))?;
    let csrf = visit.csrf()?;
    let page = ConfirmEmail { form: Form { csrf: &csrf, ..Form::default() }, token: &token };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

pub(super) async fn confirm(visit: &mut Visit) -> Result<Reply, Refusal> {
    let token = visit.form.get("token").unwrap_or_default().to_owned();
    let (service, clock) = (&visit.service, visit.service.clock);
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let used = one_time::consume(&mut transaction, Secret::EmailChange, &token, clock).await?;
    let used = used.ok_or_else(|| gone("email-change.used"))?;
    let (account, new) = opened(visit, &mut transaction, &used).await?;
    let old = account.email(&service.keyring).map_err(Problem::from)?;
    match accounts::set_email(&mut transaction, &service.keyring, &account, &new, clock).await {
        Ok(()) => {}
        // Somebody else has it by now.
        Err(AccountError::Store(StoreError::UniqueViolation(_))) => return Err(gone("email-change.taken")),
        Err(error) => return Err(Problem::from(error).into()),
    }
    // A link for the password that is under way to the old address must not outlive it.
    one_time::withdraw(&mut transaction, account.id, Secret::PasswordReset, clock).await?;
    let event = audit::Event {
        object_type: Some("account"),
        objects: vec![*account.id.as_uuid()],
        ..visit.event(EventName::UserUpdated, Outcome::Success, Some("email"))
    };
    audit::write(&mut transaction, &event).await.map_err(|error| Problem::unavailable(&error))?;
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

async fn opened(
    visit: &Visit,
    transaction: &mut Transaction,
    used: &Entitlement,
) -> Result<(Account, Email), Refusal> {
    let (Some(account), Some(sealed)) = (used.account_id, &used.email) else {
        return Err(gone("email-change.shape"));
    };
    let account = accounts::by_id(transaction, account).await?.filter(Account::is_active);
    let text = visit.service.keyring.open(place(used.id), sealed).map_err(Problem::from)?;
    match (account, Email::parse(&text)) {
        (Some(account), Some(email)) => Ok((account, email)),
        _ => Err(gone("email-change.account")),
    }
}

/// Used, replaced, too old, or never made: one answer for all.
fn gone(reason: &'static str) -> Refusal {
    Problem::new(Kind::LinkGone).because(reason).into()
}
