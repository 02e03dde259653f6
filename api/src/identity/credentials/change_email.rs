//! `/account/email`: another address. It counts once its link was used; until then mails go to the old one.

use super::{confirmation::ask_to_confirm, notice};
use crate::{
    audit::{Event, EventName, Outcome},
    http::{
        problem::Problem,
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts::{self, Email, Standing},
        one_time::{self, Kind as Secret},
        pages::{ChangeEmail, Form, Notice as Said},
        sessions::{self, Owner},
    },
    mail::{Mail, Notice, Recipient},
    protection::CREDENTIAL_CHANGE_REAUTH,
    service::Service,
    store::{Mode, Transaction},
};
use actix_web::http::StatusCode;
use brigandine_enforce::enforces;
use chrono::TimeDelta;

/// Mails an hour that an account may send to addresses of strangers.
const MAILS_AN_HOUR: i64 = 3;

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    sessions::owner(visit).await?.check_fresh(visit)?;
    form(visit, None, StatusCode::OK)
}

pub(super) async fn change(visit: &mut Visit) -> Result<Reply, Refusal> {
    let owner = sessions::owner(visit).await?;
    owner.check_fresh(visit)?;
    let old = owner.account.email(&visit.service.keyring).map_err(Problem::from)?;
    if let Err(sentence) = owner.check_password(visit, &old).await? {
        owner.record_wrong_password(visit).await?;
        return form(visit, Some(sentence), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let new = visit.form.get("email").and_then(Email::parse);
    let Some(new) = new.filter(|new| Recipient::parse(new.as_str()).is_ok()) else {
        return form(visit, Some("Enter an e-mail address."), StatusCode::UNPROCESSABLE_ENTITY);
    };
    ask(visit, &owner, &old, &new).await?;
    // The same whether the address has an account already: only its own owner may learn that.
    Ok(Reply::page(StatusCode::ACCEPTED, &Said::CHECK_MAIL)?)
}

async fn ask(visit: &Visit, owner: &Owner, old: &str, new: &Email) -> Result<(), Refusal> {
    let (service, clock, account) = (&visit.service, visit.service.clock, owner.account.id);
    let issuer = service.identifier.as_str();
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    owner.forgive(visit, &mut transaction, old).await?;
    let holder = accounts::by_email(&mut transaction, &service.keyring, new).await.map_err(Problem::from)?;
    let free = holder.is_none_or(|holder| holder.id == account);
    let window = TimeDelta::hours(1);
    let sent = one_time::sent_within(&mut transaction, account, Secret::EmailChange, window, clock).await?;
    let mail = confirm_first(&mut transaction, service, &standing, new).await?;
    let event = Event {
        object_type: Some("account"),
        objects: vec![*account.as_uuid()],
        ..visit.event(EventName::EmailChangeRequested, Outcome::Success, None)
    };
    let by = By::Themselves(&owner.session.origin);
    account_events::record(&mut transaction, issuer, standing.id(), by, &event).await?;
    transaction.commit().await?;
    if let Some(mail) = mail.filter(|_| free && sent < MAILS_AN_HOUR) {
        // The log says when the queue is full; to the browser it would tell that the address is free.
        let _ = service.mailer.post(mail);
    }
    notice::post(visit, old, Notice::EmailChangeRequested);
    Ok(())
}

/// The account gets the address once its link was used, and not before: whoever types an address may be somebody else
/// (OWASP Authentication Cheat Sheet, "Change of e-mail address").
#[enforces(CREDENTIAL_CHANGE_REAUTH, otherwise = crate::vulnerable::identity::credentials::believe_at_once)]
async fn confirm_first(
    transaction: &mut Transaction,
    service: &Service,
    standing: &Standing,
    new: &Email,
) -> Result<Option<Mail>, Problem> {
    ask_to_confirm(transaction, service, standing.id(), new).await
}

fn form(visit: &mut Visit, error: Option<&'static str>, status: StatusCode) -> Result<Reply, Refusal> {
    let csrf = visit.csrf()?;
    let page = ChangeEmail { form: Form::again(&csrf, error, &visit.form) };
    Ok(Reply::page(status, &page)?)
}
