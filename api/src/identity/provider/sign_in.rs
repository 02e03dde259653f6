//! `/signin`: e-mail address and password, and what comes of them.

mod factor;
mod page;
#[cfg(feature = "passkeys")]
mod passkey;
mod session;

pub(in crate::identity) use session::{onward, succeed};

use super::requests;
use crate::{
    audit::{EventName, Reason},
    http::{
        endpoint::Endpoint,
        problem::Problem,
        visit::{Refusal, Reply, Style, Visit},
    },
    identity::{
        accounts::{self, Account, Email, Verified},
        fields,
        passwords::{Password, PasswordError, Verification},
        throttle::Attempt,
    },
    protection::{ACCOUNT_ENUMERATION, LOGIN_THROTTLE_ACCOUNT},
    store::prelude::*,
};
use actix_web::http::{Method, StatusCode};
use brigandine_enforce::enforces;
use session::Shown;

/// The one sentence for every way of not getting in.
pub(crate) const NOT_IN: &str =
    "The address and the password do not fit together, or the account can't be used.";

/// Why somebody did not get in, for the audit log only.
const ABSENT: Reason = Reason::ACCOUNT_ABSENT;
const DISABLED: Reason = Reason::ACCOUNT_DISABLED;
const OVERTAKEN: Reason = Reason::ACCOUNT_OVERTAKEN;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = vec![
        Endpoint::visited(
            Method::GET,
            "/signin",
            "showSignIn",
            "The page where people sign in.",
            Style::Page,
            &[fields::TRANSACTION],
            show,
        ),
        Endpoint::visited(
            Method::POST,
            "/signin",
            "signIn",
            "Signs somebody in.",
            Style::Page,
            &[fields::CSRF, fields::TRANSACTION, fields::EMAIL, fields::PASSWORD],
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
    let begun = match outcome {
        Ok(proven) => begin_session(visit, &proven, handle.as_deref()).await?,
        Err(reason) => Err(reason),
    };
    match begun {
        Ok(reply) => Ok(reply),
        Err(reason) => turn_away(visit, handle.as_deref(), reason).await,
    }
}

/// One sentence for every way of not getting in; why is for the audit log only (CWE-204; ASVS 6.3.8).
#[enforces(ACCOUNT_ENUMERATION, otherwise = crate::vulnerable::identity::provider::turn_away_telling_why)]
async fn turn_away(visit: &mut Visit, handle: Option<&str>, reason: Reason) -> Result<Reply, Refusal> {
    turn_away_saying(visit, handle, reason, NOT_IN).await
}

/// The sign-in page again, with this sentence.
pub(crate) async fn turn_away_saying(
    visit: &mut Visit,
    handle: Option<&str>,
    reason: Reason,
    sentence: &'static str,
) -> Result<Reply, Refusal> {
    let again = page::sign_in(visit, handle, Some(sentence), StatusCode::UNAUTHORIZED).await?;
    Ok(again.refusing(EventName::AuthnLoginFail, reason))
}

/// An account whose password was given.
struct Proven {
    verified: Verified,
    /// The hash that the password was verified against.
    outdated: Option<String>,
    email: Email,
    attempt: Attempt,
    /// The password, hashed anew because the stored hash is not as hashes are made today.
    rehashed: Option<String>,
}

/// Whose password was given, or why nobody's, for the audit log only. Without an account as much work is done as with one.
async fn authenticate(visit: &Visit) -> Result<Result<Proven, Reason>, Refusal> {
    let email = visit.form.get("email").and_then(Email::parse);
    let password = visit.form.get("password").and_then(|text| Password::parse(text).ok());
    let (Some(email), Some(password)) = (email, password) else { return Ok(Err(Reason::MALFORMED)) };
    let attempt = Attempt::begin(visit, &email).await?;
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let account =
        accounts::by_email(&mut transaction, &visit.service.keyring, &email).await.map_err(Problem::from)?;
    // Hashing takes long; no connection waits for it.
    transaction.release();
    let exists = account.is_some();
    let usable = account.filter(Account::is_active);
    let stored = usable.as_ref().and_then(|account| account.password_hash.as_deref());
    let verification = verify_one(visit, &password, stored).await.map_err(Problem::from)?;
    let Some(account) = usable else { return Ok(Err(if exists { DISABLED } else { ABSENT })) };
    if !verification.matches {
        return Ok(Err(Reason::PASSWORD));
    }
    let rehashed = if verification.outdated {
        Some(visit.service.passwords.hash(&password).await.map_err(Problem::from)?)
    } else {
        None
    };
    let verified = Verified::account(&account);
    Ok(Ok(Proven { verified, outdated: account.password_hash, email, attempt, rehashed }))
}

/// One attempt is one password: a form that carried many would be as many guesses, counted as one (CWE-307).
#[enforces(LOGIN_THROTTLE_ACCOUNT, otherwise = crate::vulnerable::identity::provider::verify_each_of_the_form)]
async fn verify_one(
    visit: &Visit,
    password: &Password,
    stored: Option<&str>,
) -> Result<Verification, PasswordError> {
    visit.service.passwords.verify(password, stored).await
}

/// The session of whoever gave the password, or why there is none: hashing takes long, and the account may not be opened with
/// that password any more.
async fn begin_session(
    visit: &mut Visit,
    proven: &Proven,
    handle: Option<&str>,
) -> Result<Result<Reply, Reason>, Refusal> {
    let Proven { verified, outdated, email, attempt, rehashed } = proven;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let Some(standing) = verified.stands(&mut transaction, visit.service.clock).await? else {
        return Ok(Err(OVERTAKEN));
    };
    attempt.succeeded(&mut transaction).await?;
    if let (Some(new), Some(outdated)) = (rehashed, outdated) {
        accounts::rehash(&mut transaction, standing.id(), outdated, new).await?;
    }
    let shown = Shown { amr: "pwd", thorough: false };
    let reply = session::begin(visit, transaction, &standing, shown, handle).await?;
    Ok(Ok(match attempt.remembered(visit, email) {
        Some(device) => reply.with_cookie(&device),
        None => reply,
    }))
}
