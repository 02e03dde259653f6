//! `/signin/callback`: back from the provider.

use super::{
    FederationRefusal, admission,
    exchange::Callback,
    identities, linking,
    transactions::{self, Ended},
};
use crate::{
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{accounts, sessions},
    ids::AccountId,
    store::prelude::*,
};

/// `GET /signin/callback`
pub(super) async fn callback(visit: &mut Visit) -> Result<Reply, Refusal> {
    let ended = end(visit).await?;
    let service = &visit.service;
    let answer = Callback {
        code: visit.query.get("code"),
        iss: visit.query.get("iss"),
        error: visit.query.get("error"),
    };
    let signed_in = service.federation.complete(&ended, answer).await?;
    let who = (ended.provider.issuer.as_str(), signed_in.token.sub.as_str());
    if let Some(account) = ended.purpose.account {
        return link(visit, &ended, who, account).await;
    }
    let known = known(visit, who).await?;
    #[cfg(feature = "twin")]
    let known = super::weak::known(visit, &signed_in).await?.or(known);
    let email = match &known {
        Some(_) => None,
        None => service.federation.verified_email(&ended.provider, &signed_in).await?,
    };
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let account = match known {
        Some(account) => {
            identities::used(&mut transaction, service.clock, who).await?;
            account
        }
        None => linking::new_account(visit, &mut transaction, &ended.provider, who, email.as_deref()).await?,
    };
    let active = accounts::by_id(&mut transaction, account).await?.filter(accounts::Account::is_active);
    let account = active.ok_or_else(|| Problem::new(Kind::LinkRequired).because("identity.disabled"))?;
    admission::admit(visit, transaction, &account, &ended, &signed_in).await
}

/// Ends the transaction: whatever comes of it, this callback works once.
async fn end(visit: &Visit) -> Result<Ended, Refusal> {
    let service = &visit.service;
    let state = visit.query.get("state").ok_or(FederationRefusal::Invalid("login.state"))?;
    let browser = Some(visit.browser()).filter(|browser| !browser.is_empty());
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let ended = transactions::end(&mut transaction, &service.keyring, service.clock, state, browser).await?;
    transaction.commit().await?;
    Ok(ended)
}

async fn known(visit: &Visit, who: (&str, &str)) -> Result<Option<AccountId>, FederationRefusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let known = identities::find(&mut transaction, who).await?;
    transaction.release();
    Ok(known)
}

/// Links the identity with the account that asked for it, if that one is still signed in here.
async fn link(visit: &Visit, ended: &Ended, who: (&str, &str), account: AccountId) -> Result<Reply, Refusal> {
    let service = &visit.service;
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let session = sessions::of_visit(&mut transaction, visit).await?;
    let still = session.is_some_and(|session| {
        session.account_id == account && session.stands(service.clock.now()).is_ok() && session.is_complete()
    });
    if !still {
        return Err(Problem::new(Kind::LinkRequired).because("link.session").into());
    }
    let linked =
        identities::link(&mut transaction, service.clock, ended.provider.organization, who, account).await;
    if matches!(&linked, Err(FederationRefusal::Store(StoreError::UniqueViolation(_)))) {
        return Err(Problem::new(Kind::LinkRequired).because("link.taken").into());
    }
    linked?;
    linking::record(visit, &mut transaction, ended.provider.organization, account).await?;
    transaction.commit().await?;
    Ok(Reply::see_other(&ended.purpose.return_to))
}
