//! `/signin/passkey`: a passkey, in place of password and code or after the password.

use super::session::{self, Shown};
use crate::{
    audit::{EventName, Reason},
    http::{
        endpoint::Endpoint,
        problem::Problem,
        visit::{Refusal, Reply, Style, Visit},
    },
    identity::{
        accounts::Standing,
        factors::passkeys,
        fields,
        pages::{Ceremony, Form, PasskeyPage, TrustedScript},
    },
    ids::RowId,
    store::{prelude::*, types::Moment},
};
use actix_web::http::{Method, StatusCode};
use uuid::Uuid;

/// The one sentence for every answer that was not taken.
const NOT_TAKEN: &str = "That passkey does not open an account here, or it came too late.";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::visited(
            Method::POST,
            "/signin/passkey",
            "beginPasskeySignIn",
            "The page that asks the browser for a passkey.",
            Style::Page,
            &[fields::CSRF, fields::TRANSACTION],
            begin,
        ),
        Endpoint::visited(
            Method::POST,
            "/signin/passkey/finish",
            "finishPasskeySignIn",
            "Takes what the passkey signed.",
            Style::Page,
            &[fields::CSRF, fields::TRANSACTION, fields::CEREMONY, fields::CREDENTIAL],
            finish,
        ),
    ]
}

async fn begin(visit: &mut Visit) -> Result<Reply, Refusal> {
    page(visit, None, StatusCode::OK).await
}

async fn finish(visit: &mut Visit) -> Result<Reply, Refusal> {
    let handle = visit.form.get("transaction").map(str::to_owned);
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    match shown(visit, &mut transaction).await? {
        Some(standing) => {
            // Both factors of the account's own: whoever came half way by a provider's word is now its owner.
            let shown = Shown { amr: "pop mfa", thorough: true };
            session::begin(visit, transaction, &standing, shown, handle.as_deref()).await
        }
        None => {
            // The ceremony is over all the same.
            transaction.commit().await?;
            let again = page(visit, Some(NOT_TAKEN), StatusCode::UNAUTHORIZED).await?;
            Ok(again.refusing(EventName::AuthnLoginFail, Reason::PASSKEY))
        }
    }
}

/// Whose passkey was shown.
async fn shown(visit: &Visit, transaction: &mut Transaction) -> Result<Option<Standing>, Refusal> {
    let ceremony = visit.form.get("ceremony").and_then(|id| Uuid::try_parse(id).ok());
    let credential = visit.form.get("credential").and_then(|text| serde_json::from_str(text).ok());
    let (Some(ceremony), Some(credential)) = (ceremony, credential) else { return Ok(None) };
    let (service, now) = (&visit.service, Moment::new(visit.service.clock.now()));
    let account = service
        .passkeys()?
        .finish_sign_in(transaction, &service.keyring, RowId::from_uuid(ceremony), &credential, now)
        .await;
    Ok(account.map_err(Problem::from)?)
}

async fn page(visit: &mut Visit, error: Option<&'static str>, status: StatusCode) -> Result<Reply, Refusal> {
    let handle = visit.form.get("transaction").map(str::to_owned);
    let now = Moment::new(visit.service.clock.now());
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let begun = visit.service.passkeys()?.begin_sign_in(&mut transaction, now).await;
    let (ceremony, options) = begun.map_err(Problem::from)?;
    transaction.commit().await?;
    let options = serde_json::to_string(&options).map_err(|error| Problem::internal(&error))?;
    let csrf = visit.csrf()?;
    let page = PasskeyPage {
        form: Form::again(&csrf, error, &visit.form).waiting(handle.as_deref()),
        ceremony: Ceremony::Show,
        id: &ceremony.to_string(),
        options: &options,
        script: TrustedScript(passkeys::SCRIPT),
        action: "/signin/passkey/finish",
        back: "/signin",
    };
    Ok(Reply::page(status, &page)?)
}
