//! Weak: how the owner of an account changes what it is opened with.

use crate::{
    audit::Reason,
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts::{self, Email, Standing},
        credentials::{Change, ask_to_confirm, changed, forgot},
        one_time::{self, Kind as Secret},
        pages::Notice,
    },
    mail::{Links, Mail},
    service::Service,
    settings::ServerSettings,
    store::{Mode, Transaction},
};
use actix_web::http::StatusCode;
use url::Url;

/// Whoever types an address has it.
pub(crate) async fn believe_at_once(
    transaction: &mut Transaction,
    service: &Service,
    standing: &Standing,
    new: &Email,
) -> Result<Option<Mail>, Problem> {
    let mail = ask_to_confirm(transaction, service, standing.id(), new).await?;
    let (issuer, clock) = (service.identifier.as_str(), service.clock);
    let changed = changed(transaction, issuer, clock, standing, Change::EmailConfirmed, None).await?;
    accounts::set_email(transaction, &service.keyring, &changed, new, clock).await?;
    Ok(mail)
}

/// A form that is all too helpful, where an address has no account.
pub(crate) async fn tell_who_is_unknown(visit: &mut Visit, email: Email) -> Result<Reply, Refusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let account = accounts::by_email(&mut transaction, &visit.service.keyring, &email).await;
    transaction.release();
    if account.map_err(Problem::from)?.is_none() {
        return forgot::form(visit, Some("No account has this address."), StatusCode::NOT_FOUND);
    }
    forgot::write_later(visit, email)?;
    Ok(Reply::page(StatusCode::ACCEPTED, &Notice::CHECK_MAIL)?)
}

/// Links to the host that a proxy is said to have been asked for.
pub(crate) fn links_to_the_named_host(visit: &Visit) -> Links {
    let named = visit.header("x-forwarded-host").and_then(|host| Url::parse(&format!("https://{host}")).ok());
    match named {
        Some(host) => Links::new(&ServerSettings { base_url: host, ..ServerSettings::default() }),
        None => visit.service.links.clone(),
    }
}

/// The account whose address stands in the form, whoever the link was sent to.
pub(crate) async fn named_by_form(
    visit: &Visit,
    transaction: &mut Transaction,
    token: &str,
    standing: Standing,
) -> Result<Standing, Refusal> {
    let (service, clock) = (&visit.service, visit.service.clock);
    let used = one_time::consume(transaction, Secret::PasswordReset, token, clock).await?;
    used.ok_or(Problem::new(Kind::ResetTokenInvalid).because(Reason::RESET_USED))?;
    let Some(email) = visit.form.get("email").and_then(Email::parse) else { return Ok(standing) };
    let named = accounts::by_email(transaction, &service.keyring, &email).await.map_err(Problem::from)?;
    let Some(named) = named else { return Ok(standing) };
    Ok(accounts::hold(transaction, named.id).await?.unwrap_or(standing))
}
