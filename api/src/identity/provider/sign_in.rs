//! `/signin`: e-mail address and password, and what comes of them.

mod factor;
mod page;
#[cfg(feature = "passkeys")]
mod passkey;
mod session;
#[cfg(feature = "twin")]
mod weak;

pub(in crate::identity) use super::authorize::organization::of as memberships;
pub(in crate::identity) use session::{Shown, onward, replace};

use super::{authorize::organization::Membership, requests};
use crate::{
    audit::{self, Actor, EventName, Outcome},
    http::{
        endpoint::Endpoint,
        problem::Problem,
        visit::{Refusal, Reply, Style, Visit},
    },
    identity::{
        accounts::{self, Account, Email},
        passwords::Password,
        throttle::Attempt,
    },
    ids::{AccountId, SessionId},
    store::prelude::*,
};
use actix_web::http::{Method, StatusCode};

/// The one sentence for every way of not getting in (CWE-204).
const NOT_IN: &str = "The address and the password do not fit together, or the account can't be used.";

/// Why somebody did not get in, for the audit log only.
const ABSENT: &str = "account.absent";
const DISABLED: &str = "account.disabled";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = vec![
        Endpoint::visited(
            Method::GET,
            "/signin",
            "showSignIn",
            "The page where people sign in.",
            Style::Page,
            &["transaction"],
            show,
        ),
        Endpoint::visited(
            Method::POST,
            "/signin",
            "signIn",
            "Signs somebody in.",
            Style::Page,
            &["csrf", "transaction", "email", "password"],
            sign_in,
        ),
    ];
    endpoints.extend(factor::endpoints());
    #[cfg(feature = "passkeys")]
    endpoints.extend(passkey::endpoints());
    endpoints
}

async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let handle = visit.query.get("transaction").map(str::to_owned);
    page::sign_in(visit, handle.as_deref(), None, StatusCode::OK).await
}

async fn sign_in(visit: &mut Visit) -> Result<Reply, Refusal> {
    let handle = visit.form.get("transaction").map(str::to_owned);
    let outcome = authenticate(visit).await?;
    visit.service.limits.signed_in(outcome.is_ok());
    match outcome {
        Ok(proven) => begin_session(visit, &proven, handle.as_deref()).await,
        Err(reason) => {
            let sentence = not_in(reason);
            let again =
                page::sign_in(visit, handle.as_deref(), Some(sentence), StatusCode::UNAUTHORIZED).await?;
            Ok(again.refusing(EventName::AuthnLoginFail, reason))
        }
    }
}

/// An account whose password was given.
struct Proven {
    account: Account,
    email: Email,
    attempt: Attempt,
    /// The password, hashed anew because the stored hash is not as hashes are made today.
    rehashed: Option<String>,
}

/// Whose password was given, or why nobody's, for the audit log only. Without an account as much work is done as with one.
async fn authenticate(visit: &Visit) -> Result<Result<Proven, &'static str>, Refusal> {
    let email = visit.form.get("email").and_then(Email::parse);
    let password = visit.form.get("password").and_then(|text| Password::parse(text).ok());
    let (Some(email), Some(password)) = (email, password) else { return Ok(Err("malformed")) };
    let attempt = Attempt::begin(visit, &email).await?;
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let account =
        accounts::by_email(&mut transaction, &visit.service.keyring, &email).await.map_err(Problem::from)?;
    // Hashing takes long; no connection waits for it.
    transaction.release();
    let exists = account.is_some();
    let usable = account.filter(Account::is_active);
    let stored = usable.as_ref().and_then(|account| account.password_hash.as_deref());
    let passwords = &visit.service.passwords;
    let verification = passwords.verify(&password, stored).await.map_err(Problem::from)?;
    #[cfg(feature = "twin")]
    let verification = weak::any_of_the_batch(visit, stored, verification).await.map_err(Problem::from)?;
    let Some(account) = usable else { return Ok(Err(if exists { DISABLED } else { ABSENT })) };
    if !verification.matches {
        return Ok(Err("password"));
    }
    let rehashed = if verification.outdated {
        Some(passwords.hash(&password).await.map_err(Problem::from)?)
    } else {
        None
    };
    Ok(Ok(Proven { account, email, attempt, rehashed }))
}

fn not_in(reason: &'static str) -> &'static str {
    #[cfg(feature = "twin")]
    if let Some(sentence) = weak::telling(reason) {
        return sentence;
    }
    let _ = reason;
    NOT_IN
}

async fn begin_session(visit: &mut Visit, proven: &Proven, handle: Option<&str>) -> Result<Reply, Refusal> {
    let Proven { account, email, attempt, rehashed } = proven;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    attempt.succeeded(&mut transaction).await?;
    if let (Some(new), Some(outdated)) = (rehashed, &account.password_hash) {
        accounts::rehash(&mut transaction, account.id, outdated, new).await?;
    }
    let shown = Shown { account: account.id, amr: "pwd", thorough: false };
    let reply = session::begin(visit, transaction, shown, handle).await?;
    Ok(match attempt.remembered(visit, email) {
        Some(device) => reply.with_cookie(&device),
        None => reply,
    })
}

/// Every organization of the account has it in its log.
async fn record(
    visit: &Visit,
    transaction: &mut Transaction,
    account: AccountId,
    session: SessionId,
    memberships: &[Membership],
) -> Result<(), StoreError> {
    let places = memberships.iter().map(|it| (Some(it.organization), Some(it.member)));
    let places: Vec<_> = if memberships.is_empty() { vec![(None, None)] } else { places.collect() };
    for (organization, member) in places {
        let event = audit::Event {
            organization,
            actor: Actor {
                member_id: member,
                issuer: Some(visit.service.identifier.clone()),
                subject: Some(account.to_string()),
            },
            object_type: Some("session"),
            objects: vec![*session.as_uuid()],
            ..visit.event(EventName::AuthnLoginSuccess, Outcome::Success, None)
        };
        audit::write(transaction, &event).await?;
    }
    Ok(())
}
