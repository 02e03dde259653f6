//! `/account`: how somebody signs in, and where they are signed in.

use super::super::{owner, recovery, registry};
use crate::{
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts,
        pages::{AccountPage, Form, PasskeyRow, SessionRow},
        sessions,
    },
    store::Mode,
};
use actix_web::http::StatusCode;

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let Some(session) = sessions::signed_in(visit).await? else { return Ok(owner::sign_in_first()) };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let account = accounts::by_id(&mut transaction, session.account_id).await?.ok_or(Kind::NotFound)?;
    let factors = registry::list(&mut transaction, account.id).await.map_err(Problem::from)?;
    let left = recovery::left(&mut transaction, account.id).await.map_err(Problem::from)?;
    let sessions = sessions::of_account(&mut transaction, account.id, visit.service.clock).await?;
    transaction.release();
    let email = account.email(&visit.service.keyring).map_err(Problem::from)?;

    let passkeys: Vec<_> = factors.iter().filter(|factor| factor.kind == "passkey").collect();
    let passkey_ids: Vec<String> = passkeys.iter().map(|factor| factor.id.to_string()).collect();
    let passkeys: Vec<PasskeyRow<'_>> = passkeys
        .iter()
        .zip(&passkey_ids)
        .map(|(factor, id)| PasskeyRow {
            id,
            name: &factor.name,
            created: factor.created_at.time(),
            last_used: factor.last_used_at.map(|at| at.time()),
        })
        .collect();
    let session_ids: Vec<String> = sessions.iter().map(|session| session.id.to_string()).collect();
    let sessions: Vec<SessionRow<'_>> = sessions
        .iter()
        .zip(&session_ids)
        .map(|(other, id)| SessionRow {
            id,
            name: &other.name,
            created: other.created_at.time(),
            last_used: other.last_used_at.time(),
            current: other.id == session.id,
        })
        .collect();
    let csrf = visit.csrf()?;
    let page = AccountPage {
        form: Form { csrf: &csrf, ..Form::default() },
        email: &email,
        password: account.password_hash.is_some(),
        totp: factors.iter().any(|factor| factor.kind == "totp"),
        recovery_codes: usize::try_from(left).ok().filter(|_| !factors.is_empty()),
        passkeys_offered: visit.service.offers_passkeys(),
        passkeys: &passkeys,
        sessions: &sessions,
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}
