//! `/account/factors/recovery`: ten new codes, shown once.

use super::super::{changes, codes, notify, recovery, recovery::Code, registry};
use crate::{
    access::step_up,
    audit::Reason,
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{accounts::Verified, credentials::Change, pages::RecoveryCodes, sessions},
    mail::Notice,
    store::{prelude::*, types::Moment},
};
use actix_web::http::StatusCode;

pub(super) async fn renew(visit: &mut Visit) -> Result<Reply, Refusal> {
    let owner = sessions::fresh_owner(visit).await?;
    let (account, now) = (owner.account.id, Moment::new(visit.service.clock.now()));
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    if !registry::ways(&mut transaction, account).await.map_err(Problem::from)?.any() {
        // Without a factor there is nothing to recover: the codes would be one by themselves.
        return Err(Kind::Conflict.into());
    }
    let change = Change::RecoveryCodesRenewed;
    let changed = changes::apply(visit, &mut transaction, &owner, &standing, change).await?;
    let verified = Verified::within(changed.standing(), owner.session.id);
    transaction.commit().await?;
    let codes = renewed(visit, verified, now).await?;
    notify(visit, account, Notice::RecoveryCodesRenewed).await?;
    page(&codes, "/account")
}

/// Ten new codes in the place of those before, for an account whose credentials have not changed again while they were
/// hashed.
pub(super) async fn renewed(visit: &Visit, verified: Verified, now: Moment) -> Result<Vec<Code>, Refusal> {
    let (codes, hashes) = codes::make(&visit.service.passwords).await?;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let standing = verified.stands(&mut transaction, visit.service.clock).await?;
    let standing = standing.ok_or_else(|| step_up(Reason::REAUTH_OVERTAKEN))?;
    recovery::replace(&mut transaction, standing.id(), &hashes, now).await.map_err(Problem::from)?;
    transaction.commit().await?;
    Ok(codes)
}

/// The page that shows them.
pub(super) fn page(codes: &[Code], next: &str) -> Result<Reply, Refusal> {
    let codes: Vec<String> = codes.iter().map(Code::to_string).collect();
    Ok(Reply::page(StatusCode::OK, &RecoveryCodes { codes: &codes, next })?)
}
