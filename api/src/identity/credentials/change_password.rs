//! `/account/password`: another password, by somebody who knows the one before.

use super::{Change, RULE, changed, choose, notice};
use crate::{
    audit::{Event, EventName, Outcome},
    http::{
        problem::Problem,
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts,
        pages::{ChangePassword, Form, Link, Notice as Said},
        sessions::{self, Owner},
    },
    mail::Notice,
    store::Mode,
};
use actix_web::http::StatusCode;

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let owner = sessions::owner(visit).await?;
    owner.check_fresh(visit)?;
    let email = owner.account.email(&visit.service.keyring).map_err(Problem::from)?;
    form(visit, &email, None, StatusCode::OK)
}

pub(super) async fn change(visit: &mut Visit) -> Result<Reply, Refusal> {
    let owner = sessions::owner(visit).await?;
    owner.check_fresh(visit)?;
    let email = owner.account.email(&visit.service.keyring).map_err(Problem::from)?;
    if let Err(sentence) = owner.check_password(visit, &email).await? {
        owner.record_wrong_password(visit).await?;
        return form(visit, &email, Some(sentence), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let given = visit.form.get("new_password").unwrap_or_default().to_owned();
    let password_hash = match choose(visit, &given, &[email.as_str()]).await? {
        Ok(password_hash) => password_hash,
        Err(sentence) => return form(visit, &email, Some(sentence), StatusCode::UNPROCESSABLE_ENTITY),
    };
    replace(visit, &owner, &email, &password_hash).await?;
    notice::post(visit, &email, Notice::PasswordChanged);
    let page = Said {
        title: "Your password was changed",
        sentence: "You are signed out everywhere else.",
        next: Some(Link { name: "Go to your account", href: "/account" }),
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

async fn replace(visit: &Visit, owner: &Owner, email: &str, password_hash: &str) -> Result<(), Refusal> {
    let (service, clock, account) = (&visit.service, visit.service.clock, owner.account.id);
    let issuer = service.identifier.as_str();
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    let (change, current) = (Change::PasswordChanged, Some(owner.session.id));
    let changed = changed(&mut transaction, issuer, clock, &standing, change, current).await?;
    accounts::set_password(&mut transaction, &changed, password_hash, clock).await?;
    owner.forgive(visit, &mut transaction, email).await?;
    let event = Event {
        object_type: Some("account"),
        objects: vec![*account.as_uuid()],
        ..visit.event(EventName::AuthnPasswordChange, Outcome::Success, None)
    };
    let by = By::Themselves(&owner.session.origin);
    account_events::record(&mut transaction, issuer, account, by, &event).await?;
    transaction.commit().await?;
    Ok(())
}

fn form(
    visit: &mut Visit,
    email: &str,
    error: Option<&'static str>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let csrf = visit.csrf()?;
    let page = ChangePassword { form: Form::again(&csrf, error, &visit.form), email, rule: RULE };
    Ok(Reply::page(status, &page)?)
}
