//! `/account/factors/recovery`: ten new codes, shown once.

use super::super::{changes, codes, notify, recovery, recovery::Code, registry};
use crate::{
    audit::EventName,
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        pages::RecoveryCodes,
        sessions::{self, Owner},
    },
    ids::AccountId,
    mail::Notice,
    store::{prelude::*, types::Moment},
};
use actix_web::http::StatusCode;

pub(super) async fn renew(visit: &mut Visit) -> Result<Reply, Refusal> {
    let Owner { session, .. } = sessions::fresh_owner(visit).await?;
    let (account, now) = (session.account_id, Moment::new(visit.service.clock.now()));
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    if !registry::ways(&mut transaction, account).await.map_err(Problem::from)?.any() {
        // Without a factor there is nothing to recover: the codes would be one by themselves.
        return Err(Kind::Conflict.into());
    }
    changes::record(visit, &mut transaction, &session, EventName::FactorAdded).await?;
    transaction.commit().await?;
    let codes = renewed(visit, account, now).await?;
    notify(visit, account, Notice::RecoveryCodesRenewed).await?;
    page(&codes, "/account")
}

/// Ten new codes in the place of those before.
pub(super) async fn renewed(visit: &Visit, account: AccountId, now: Moment) -> Result<Vec<Code>, Refusal> {
    let (codes, hashes) = codes::make(&visit.service.passwords).await?;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    recovery::replace(&mut transaction, account, &hashes, now).await.map_err(Problem::from)?;
    transaction.commit().await?;
    Ok(codes)
}

/// The page that shows them.
pub(super) fn page(codes: &[Code], next: &str) -> Result<Reply, Refusal> {
    let codes: Vec<String> = codes.iter().map(Code::to_string).collect();
    Ok(Reply::page(StatusCode::OK, &RecoveryCodes { codes: &codes, next })?)
}
