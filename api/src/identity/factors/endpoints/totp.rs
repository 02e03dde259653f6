//! `/account/factors/totp`: an authenticator app comes and goes.

use super::{
    super::{FactorError, changes, enrolment, notify, registry, totp::Seed},
    recovery_codes,
};
use crate::{
    audit::{EventName, Reason},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts::{Standing, Verified},
        credentials::Change,
        pages::{Confirm, EnrolTotp, Form, TrustedSvg},
        provider::sign_in,
        sessions::{self, Owner},
    },
    mail::Notice,
    store::{prelude::*, types::Moment},
};
use actix_web::http::StatusCode;

const WRONG: &str =
    "That is not the code which the app should show now. Scan the key again, or check the phone's clock.";

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let Some(owner) = sessions::fresh_owner_or_sign_in(visit).await? else {
        return Ok(Reply::see_other("/signin"));
    };
    let handle = visit.query.get("transaction").map(str::to_owned);
    form(visit, &owner, handle.as_deref(), None, StatusCode::OK).await
}

pub(super) async fn enrol(visit: &mut Visit) -> Result<Reply, Refusal> {
    let owner = sessions::fresh_owner(visit).await?;
    let handle = visit.form.get("transaction").map(str::to_owned);
    let (account, now) = (owner.account.id, Moment::new(visit.service.clock.now()));
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    let code = visit.form.get("code").unwrap_or_default();
    let confirmed = enrolment::confirm(&mut transaction, &visit.service.keyring, account, code, now).await;
    if !confirmed.map_err(Problem::from)? {
        drop(transaction);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let again = form(visit, &owner, handle.as_deref(), Some(WRONG), status).await?;
        return Ok(again.refusing(EventName::FactorRefused, Reason::MFA_WRONG));
    }
    // Whoever was signed in without it is signed in no longer; this browser has just shown both factors.
    let changed = changes::apply(visit, &mut transaction, &owner, &standing, Change::FactorAdded).await?;
    let standing = changed.standing();
    let (session, cookie) =
        sign_in::succeed(visit, &mut transaction, standing, &owner.session, "otp").await?;
    let verified = Verified::within(standing, session);
    transaction.commit().await?;
    notify(visit, account, Notice::FactorAdded).await?;
    let next = match handle.as_deref() {
        Some(handle) => sign_in::onward("/oauth2/continue", Some(handle)),
        None => "/account".to_owned(),
    };
    let codes = recovery_codes::renewed(visit, verified, now).await?;
    Ok(recovery_codes::page(&codes, &next)?.with_cookie(&cookie))
}

pub(super) async fn ask_to_remove(visit: &mut Visit) -> Result<Reply, Refusal> {
    if sessions::fresh_owner_or_sign_in(visit).await?.is_none() {
        return Ok(Reply::see_other("/signin"));
    }
    let csrf = visit.csrf()?;
    let page = Confirm {
        form: Form { csrf: &csrf, ..Form::default() },
        title: "Remove the authenticator app?",
        sentence: "Its codes work no longer, and your other sessions end.",
        button: "Remove it",
        action: "/account/factors/totp/remove",
        id: None,
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

pub(super) async fn remove(visit: &mut Visit) -> Result<Reply, Refusal> {
    let owner = sessions::fresh_owner(visit).await?;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    let factors = registry::list(&mut transaction, standing.id()).await.map_err(Problem::from)?;
    let factor = factors.iter().find(|factor| factor.kind == "totp").ok_or(Kind::NotFound)?;
    changes::remove(visit, transaction, &owner, &standing, factor.id).await
}

async fn form(
    visit: &mut Visit,
    owner: &Owner,
    handle: Option<&str>,
    error: Option<&'static str>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let now = Moment::new(visit.service.clock.now());
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    let seed = seed(visit, &mut transaction, &standing, now).await.map_err(Problem::from)?;
    transaction.commit().await?;
    let email = standing.account().email(&visit.service.keyring).map_err(Problem::from)?;
    // In a label the colon parts issuer and account (Key URI Format); no domain holds one.
    let (issuer, email) = (host(&visit.service.identifier), email.replace(':', " "));
    let uri = seed.uri(issuer, &email).map_err(Problem::from)?;
    let picture = seed.picture(issuer, &email).map_err(Problem::from)?;
    let csrf = visit.csrf()?;
    let page = EnrolTotp {
        form: Form::again(&csrf, error, &visit.form).waiting(handle),
        qr: TrustedSvg(&picture),
        secret: &seed.grouped(),
        uri: &uri,
    };
    Ok(Reply::page(status, &page)?)
}

/// The key that waits for its first code, or a new one.
async fn seed(
    visit: &Visit,
    transaction: &mut Transaction,
    standing: &Standing,
    now: Moment,
) -> Result<Seed, FactorError> {
    let (keyring, account) = (&visit.service.keyring, standing.id());
    match enrolment::waiting(transaction, keyring, account, now).await? {
        Some(seed) => Ok(seed),
        None => enrolment::begin(transaction, keyring, account, now).await,
    }
}

/// `api.clinic.test` of `https://api.clinic.test:8443`.
fn host(identifier: &str) -> &str {
    let authority = identifier.rsplit('/').next().unwrap_or_default();
    authority.split(':').next().unwrap_or_default()
}
