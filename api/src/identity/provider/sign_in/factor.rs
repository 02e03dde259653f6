//! `/signin/factor`: a code, from somebody whose password was right.

use super::session::{self, Shown};
use crate::{
    audit::EventName,
    http::{
        endpoint::Endpoint,
        problem::Problem,
        visit::{Refusal, Reply, Style, Visit},
    },
    identity::{
        factors::{self, Attempt, Verdict, codes, registry::Ways},
        pages::{Form, Purpose, SecondFactor},
        sessions::Session,
    },
    mail::Notice,
    store::{prelude::*, types::Moment},
};
use actix_web::http::{Method, StatusCode};

/// The one sentence for every code that was not taken: which of the reasons it was helps a guesser only.
const NOT_TAKEN: &str =
    "That code is wrong, was used before, or came too late. After five tries, sign in again.";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::visited(
            Method::GET,
            "/signin/factor",
            "showSecondFactor",
            "The page that asks for a second factor.",
            Style::Page,
            &["transaction"],
            show,
        ),
        Endpoint::visited(
            Method::POST,
            "/signin/factor",
            "showCode",
            "Takes a code of an authenticator, or a recovery code.",
            Style::Page,
            &["csrf", "transaction", "factor", "code"],
            take,
        ),
    ]
}

async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let handle = visit.query.get("transaction").map(str::to_owned);
    match waiting(visit).await? {
        Some((_, ways)) => page(visit, handle.as_deref(), ways, None, StatusCode::OK),
        None => Ok(Reply::see_other(&session::onward("/signin", handle.as_deref()))),
    }
}

async fn take(visit: &mut Visit) -> Result<Reply, Refusal> {
    let handle = visit.form.get("transaction").map(str::to_owned);
    let Some((session, ways)) = waiting(visit).await? else {
        let again = Reply::see_other(&session::onward("/signin", handle.as_deref()));
        return Ok(again.refusing(EventName::AuthnLoginFail, "session.incomplete"));
    };
    let code = visit.form.get("code").unwrap_or_default();
    let now = Moment::new(visit.service.clock.now());
    let attempt = Attempt { account: session.account_id, session: session.id, now };
    let recovers = visit.form.get("factor") == Some("recovery");
    let (transaction, verdict) = if recovers {
        codes::redeem(&visit.service, attempt, code).await?
    } else {
        let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
        let verdict = factors::totp::verify(&mut transaction, &visit.service.keyring, attempt, code).await;
        (transaction, verdict.map_err(Problem::from)?)
    };
    match verdict {
        Verdict::Right => {
            let shown = Shown { account: session.account_id, amr: "pwd otp", thorough: true };
            let reply = session::begin(visit, transaction, shown, handle.as_deref()).await?;
            if recovers {
                factors::notify(visit, session.account_id, Notice::RecoveryCodeUsed).await?;
            }
            Ok(reply)
        }
        Verdict::Refused(reason) => {
            transaction.commit().await?;
            let again = page(visit, handle.as_deref(), ways, Some(NOT_TAKEN), StatusCode::UNAUTHORIZED)?;
            Ok(again.refusing(EventName::AuthnLoginFail, reason))
        }
    }
}

/// The session that waits, and what would complete it.
async fn waiting(visit: &Visit) -> Result<Option<(Session, Ways)>, Refusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let Some(session) = session::waiting(&mut transaction, visit).await? else {
        transaction.release();
        return Ok(None);
    };
    let ways = factors::registry::ways(&mut transaction, session.account_id).await.map_err(Problem::from)?;
    transaction.release();
    Ok(Some((session, ways)))
}

fn page(
    visit: &mut Visit,
    handle: Option<&str>,
    ways: Ways,
    error: Option<&'static str>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let csrf = visit.csrf()?;
    let page = SecondFactor {
        form: Form { csrf: &csrf, transaction: handle, error, leads_to: None },
        purpose: Purpose::SignIn,
        totp: ways.totp,
        passkeys: ways.passkey && visit.service.offers_passkeys(),
        recovery: ways.recovery,
    };
    Ok(Reply::page(status, &page)?)
}
