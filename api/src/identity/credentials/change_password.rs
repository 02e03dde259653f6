//! `/account/password`: another password, by somebody who knows the one before.

use super::{RULE, choose, notice, reauthenticate};
use crate::{
    audit::{self, EventName, Outcome},
    http::{
        problem::Problem,
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts,
        one_time::{self, Kind as Secret},
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
        let again = form(visit, &email, Some(sentence), StatusCode::UNPROCESSABLE_ENTITY)?;
        return Ok(again.refusing(reauthenticate::REFUSED, "password.current"));
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
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    accounts::set_password(&mut transaction, account, password_hash, clock).await?;
    owner.forgive(visit, &mut transaction, email).await?;
    one_time::withdraw(&mut transaction, account, Secret::PasswordReset, clock).await?;
    let current = Some(owner.session.id);
    sessions::end_all(&mut transaction, &service.identifier, account, current, clock).await?;
    let event = audit::Event {
        object_type: Some("account"),
        objects: vec![*account.as_uuid()],
        ..visit.event(EventName::AuthnPasswordChange, Outcome::Success, None)
    };
    audit::write(&mut transaction, &event).await.map_err(|error| Problem::unavailable(&error))?;
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
    let page = ChangePassword { form: Form { csrf: &csrf, error, ..Form::default() }, email, rule: RULE };
    Ok(Reply::page(status, &page)?)
}
