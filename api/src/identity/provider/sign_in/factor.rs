//! `/signin/factor`: a code, from somebody whose password was right.

use super::session;
use crate::{
    audit::{Event, EventName, Outcome, Reason},
    http::{
        endpoint::Endpoint,
        problem::Problem,
        visit::{Refusal, Reply, Style, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts::{self, Verified},
        factors::{self, Attempt, Verdict, codes, registry::Ways},
        fields,
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
            &[fields::TRANSACTION],
            show,
        ),
        Endpoint::visited(
            Method::POST,
            "/signin/factor",
            "showCode",
            "Takes a code of an authenticator, or a recovery code.",
            Style::Page,
            &[fields::CSRF, fields::TRANSACTION, fields::FACTOR, fields::CODE],
            take,
        ),
    ]
}

async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let handle = visit.query.get("transaction").map(str::to_owned);
    match waiting(visit).await? {
        Some(Waiting { ways, .. }) => page(visit, handle.as_deref(), ways, None, StatusCode::OK),
        None => Ok(Reply::see_other(&session::onward("/signin", handle.as_deref()))),
    }
}

async fn take(visit: &mut Visit) -> Result<Reply, Refusal> {
    let handle = visit.form.get("transaction").map(str::to_owned);
    let Some(Waiting { session, verified, ways }) = waiting(visit).await? else {
        let again = Reply::see_other(&session::onward("/signin", handle.as_deref()));
        return Ok(again.refusing(EventName::AuthnLoginFail, Reason::SESSION_INCOMPLETE));
    };
    let code = visit.form.get("code").unwrap_or_default();
    let now = Moment::new(visit.service.clock.now());
    let recovers = visit.form.get("factor") == Some("recovery");
    // A recovery code is hashed before the transaction begins, in which nothing else may have changed since.
    let matched = match recovers {
        true => codes::matching(&visit.service, session.account_id, code).await?,
        false => None,
    };
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let Some(standing) = verified.stands(&mut transaction, visit.service.clock).await? else {
        let again = Reply::see_other(&session::onward("/signin", handle.as_deref()));
        return Ok(again.refusing(EventName::AuthnLoginFail, Reason::SESSION_OVERTAKEN));
    };
    let attempt = Attempt::of(&session, now);
    let verdict = if recovers {
        codes::spend(&mut transaction, attempt, code, matched.as_deref()).await
    } else {
        factors::totp::verify(&mut transaction, &visit.service.keyring, attempt, code).await
    };
    match verdict.map_err(Problem::from)? {
        Verdict::Right => {
            let reply = session::complete(visit, transaction, &standing, &session, handle.as_deref()).await?;
            if recovers {
                factors::notify(visit, session.account_id, Notice::RecoveryCodeUsed).await?;
            }
            Ok(reply)
        }
        Verdict::Refused(reason) => {
            // Whoever types wrong codes knows the password: the organizations of the account learn of it. Tries beyond those
            // allowed tell them nothing more.
            let tried = reason == factors::attempt::WRONG;
            if tried {
                record_wrong(visit, &mut transaction, &session).await?;
            }
            transaction.commit().await?;
            let again = page(visit, handle.as_deref(), ways, Some(NOT_TAKEN), StatusCode::UNAUTHORIZED)?;
            Ok(if tried { again } else { again.refusing(EventName::AuthnLoginFail, reason) })
        }
    }
}

async fn record_wrong(
    visit: &Visit,
    transaction: &mut Transaction,
    session: &Session,
) -> Result<(), StoreError> {
    let event = Event {
        object_type: Some("account"),
        objects: vec![*session.account_id.as_uuid()],
        ..visit.event(EventName::AuthnLoginFail, Outcome::Failure, Some(factors::attempt::WRONG))
    };
    let (issuer, by) = (visit.service.identifier.as_str(), By::Themselves(&session.origin));
    account_events::record(transaction, issuer, session.account_id, by, &event).await
}

/// A session that waits for a factor.
struct Waiting {
    session: Session,
    verified: Verified,
    /// What would complete it.
    ways: Ways,
}

async fn waiting(visit: &Visit) -> Result<Option<Waiting>, Refusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let Some(session) = session::waiting(&mut transaction, visit).await? else {
        transaction.release();
        return Ok(None);
    };
    let ways = factors::registry::ways(&mut transaction, session.account_id).await.map_err(Problem::from)?;
    let account = accounts::by_id(&mut transaction, session.account_id).await?;
    transaction.release();
    Ok(account.map(|account| Waiting { verified: Verified::session(&account, &session), session, ways }))
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
        form: Form::again(&csrf, error, &visit.form).waiting(handle),
        purpose: Purpose::SignIn,
        totp: ways.totp,
        passkeys: ways.passkey && visit.service.offers_passkeys(),
        recovery: ways.recovery,
    };
    Ok(Reply::page(status, &page)?)
}
