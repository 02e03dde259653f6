//! `/account/passkeys`: a passkey comes and goes.

use super::{
    super::{
        changes, notify,
        passkeys::{self, registration::Registered},
        recovery, registry,
    },
    page, recovery_codes,
};
use crate::{
    audit::{EventName, Reason},
    http::{
        endpoint::Endpoint,
        problem::{Kind, Problem},
        text,
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts::Verified,
        credentials::Change,
        fields,
        pages::{Ceremony, Form, PasskeyPage, TrustedScript},
        provider::sign_in,
        sessions::{self, Owner, Session},
    },
    ids::RowId,
    mail::Notice,
    store::{prelude::*, types::Moment},
};
use actix_web::http::{Method, StatusCode};
use uuid::Uuid;

const NOT_TAKEN: &str = "That passkey was not taken. It may be registered already, or came too late.";
/// The longest name of a passkey, in characters.
const LONGEST_NAME: usize = 80;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        page(
            Method::POST,
            "/account/passkeys",
            "beginPasskeyEnrolment",
            "The page that asks the browser to make a passkey.",
            &[fields::CSRF],
            begin,
        ),
        page(
            Method::POST,
            "/account/passkeys/finish",
            "enrolPasskey",
            "Takes the passkey; every other session ends.",
            &[fields::CSRF, fields::CEREMONY, fields::CREDENTIAL, fields::NAME],
            finish,
        ),
        page(
            Method::POST,
            "/account/passkeys/remove",
            "removePasskey",
            "Removes a passkey; every other session ends.",
            &[fields::CSRF, fields::ID],
            remove,
        ),
    ]
}

async fn begin(visit: &mut Visit) -> Result<Reply, Refusal> {
    let owner = sessions::fresh_owner(visit).await?;
    form(visit, &owner, None, StatusCode::OK).await
}

async fn finish(visit: &mut Visit) -> Result<Reply, Refusal> {
    let owner = sessions::fresh_owner(visit).await?;
    let (account, now) = (owner.account.id, Moment::new(visit.service.clock.now()));
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    if !register(visit, &mut transaction, &owner.session, now).await? {
        transaction.commit().await?;
        let again = form(visit, &owner, Some(NOT_TAKEN), StatusCode::UNPROCESSABLE_ENTITY).await?;
        return Ok(again.refusing(EventName::FactorRefused, Reason::PASSKEY));
    }
    let changed = changes::apply(visit, &mut transaction, &owner, &standing, Change::FactorAdded).await?;
    let standing = changed.standing();
    let (session, cookie) =
        sign_in::succeed(visit, &mut transaction, standing, &owner.session, "pop mfa").await?;
    let verified = Verified::within(standing, session);
    let first = recovery::left(&mut transaction, account).await.map_err(Problem::from)? == 0;
    transaction.commit().await?;
    notify(visit, account, Notice::FactorAdded).await?;
    if !first {
        return Ok(Reply::see_other("/account").with_cookie(&cookie));
    }
    let codes = recovery_codes::renewed(visit, verified, now).await?;
    Ok(recovery_codes::page(&codes, "/account")?.with_cookie(&cookie))
}

async fn register(
    visit: &Visit,
    transaction: &mut Transaction,
    session: &Session,
    now: Moment,
) -> Result<bool, Refusal> {
    let ceremony = visit.form.get("ceremony").and_then(|id| Uuid::try_parse(id).ok());
    let credential = visit.form.get("credential").and_then(|text| serde_json::from_str(text).ok());
    let name = visit.form.get("name").filter(|name| name.chars().count() <= LONGEST_NAME);
    let (Some(ceremony), Some(credential), Some(name)) = (ceremony, credential, name) else {
        return Ok(false);
    };
    if !text::is_clean(name) {
        return Ok(false);
    }
    let registered = Registered { ceremony: RowId::from_uuid(ceremony), credential: &credential, name };
    let (service, account) = (&visit.service, session.account_id);
    let factor = service
        .passkeys()?
        .finish_registration(transaction, &service.keyring, account, registered, now)
        .await
        .map_err(Problem::from)?;
    Ok(factor.is_some())
}

async fn remove(visit: &mut Visit) -> Result<Reply, Refusal> {
    let owner = sessions::fresh_owner(visit).await?;
    let id = visit.form.get("id").and_then(|id| Uuid::try_parse(id).ok()).ok_or(Kind::NotFound)?;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    let factors = registry::list(&mut transaction, standing.id()).await.map_err(Problem::from)?;
    let id = RowId::from_uuid(id);
    if !factors.iter().any(|factor| factor.kind == "passkey" && factor.id == id) {
        return Err(Kind::NotFound.into());
    }
    changes::remove(visit, transaction, &owner, &standing, id).await
}

async fn form(
    visit: &mut Visit,
    owner: &Owner,
    error: Option<&'static str>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let (service, now) = (visit.service.clone(), Moment::new(visit.service.clock.now()));
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    let account = standing.account();
    let email = account.email(&service.keyring).map_err(Problem::from)?;
    let begun = service.passkeys()?.begin_registration(&mut transaction, account.id, &email, now).await;
    let (ceremony, options) = begun.map_err(Problem::from)?;
    transaction.commit().await?;
    let options = serde_json::to_string(&options).map_err(|error| Problem::internal(&error))?;
    let csrf = visit.csrf()?;
    let page = PasskeyPage {
        form: Form::again(&csrf, error, &visit.form),
        ceremony: Ceremony::Enrol,
        id: &ceremony.to_string(),
        options: &options,
        script: TrustedScript(passkeys::SCRIPT),
        action: "/account/passkeys/finish",
        back: "/account",
    };
    Ok(Reply::page(status, &page)?)
}
