//! `/signin/callback`: back from the provider.

use super::{
    FederationRefusal, admission,
    exchange::{Callback, SignedIn},
    identities, linking,
    providers::{self, Provider},
    transactions::{self, Ended},
};
use crate::{
    audit::{Event, EventName, Outcome, Reason},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts::{self, Standing},
        credentials::{Change, changed},
        sessions::{self, Visitor},
    },
    ids::AccountId,
    protection::{OIDC_ACCOUNT_LINKING, OIDC_TRANSACTION_BINDING},
    store::prelude::*,
};
use brigandine_enforce::enforces;

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
    let who = identity(&ended, &signed_in);
    if let Some(account) = ended.purpose.account {
        return link(visit, &ended, who, account).await;
    }
    let known = known(visit, &ended, &signed_in).await?;
    let email = match &known {
        Some(_) => None,
        None => service.federation.verified_email(&ended.provider, &signed_in).await?,
    };
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let standing = match known {
        Some(account) => known_account(visit, &mut transaction, who, account).await?,
        None => linking::new_account(visit, &mut transaction, &ended.provider, who, email.as_deref()).await?,
    };
    still_trusted(&mut transaction, &ended.provider).await?;
    admission::admit(visit, transaction, &standing, &ended, &signed_in).await
}

/// The account of a subject that was found before, if it is still that one's: the provider took its time.
async fn known_account(
    visit: &Visit,
    transaction: &mut Transaction,
    who: (&str, &str),
    account: AccountId,
) -> Result<Standing, Refusal> {
    let refused = |reason| Problem::new(Kind::LinkRequired).because(reason);
    let standing =
        accounts::hold(transaction, account).await?.ok_or_else(|| refused(Reason::IDENTITY_DISABLED))?;
    let used = identities::used(transaction, visit.service.clock, who, account).await?;
    check_linked(used)?;
    Ok(standing)
}

/// Unlinked a moment ago: for whoever comes next it is nobody's.
#[enforces(OIDC_ACCOUNT_LINKING)]
fn check_linked(used: bool) -> Result<(), Problem> {
    if used { Ok(()) } else { Err(Problem::new(Kind::LinkRequired).because(Reason::IDENTITY_ACCOUNT)) }
}

/// Whether the organization still trusts the provider as it was when the browser was sent there.
#[enforces(OIDC_TRANSACTION_BINDING)]
async fn still_trusted(transaction: &mut Transaction, provider: &Provider) -> Result<(), FederationRefusal> {
    let version = providers::version_of_active(transaction, provider.id).await?;
    if version == Some(provider.version) {
        return Ok(());
    }
    Err(FederationRefusal::Invalid(Reason::LOGIN_PROVIDER))
}

/// Ends the transaction: whatever comes of it, this callback works once.
async fn end(visit: &Visit) -> Result<Ended, Refusal> {
    let service = &visit.service;
    let state = visit.query.get("state").ok_or(FederationRefusal::Invalid(Reason::LOGIN_STATE))?;
    let browser = Some(visit.browser()).filter(|browser| !browser.is_empty());
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let ended = transactions::end(&mut transaction, &service.keyring, service.clock, state, browser).await?;
    transaction.commit().await?;
    Ok(ended)
}

/// Who signed in there: somebody is the same only who is called the same by the same issuer.
fn identity<'a>(ended: &'a Ended, signed_in: &'a SignedIn) -> (&'a str, &'a str) {
    (ended.provider.issuer.as_str(), signed_in.token.sub.as_str())
}

/// The account that this issuer's subject was linked with. The same e-mail address, or the same name at another provider, is
/// nobody: a provider writes into its tokens what it likes (OIDC Core §5.7; ASVS 6.8.1).
#[enforces(OIDC_ACCOUNT_LINKING, otherwise = crate::vulnerable::identity::federation::known_by_address)]
async fn known(
    visit: &Visit,
    ended: &Ended,
    signed_in: &SignedIn,
) -> Result<Option<AccountId>, FederationRefusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let known = identities::find(&mut transaction, identity(ended, signed_in)).await?;
    transaction.release();
    Ok(known)
}

/// Links the identity with the account that asked for it, if its owner is still signed in here.
async fn link(visit: &Visit, ended: &Ended, who: (&str, &str), account: AccountId) -> Result<Reply, Refusal> {
    let (service, clock) = (&visit.service, visit.service.clock);
    let refused = |reason| Problem::new(Kind::LinkRequired).because(reason);
    // One for whom another provider vouches is not the owner, and must not open the account to a further one.
    let owner = match sessions::visitor(visit).await? {
        Visitor::Owner(owner) if owner.account.id == account => owner,
        _ => return Err(refused(Reason::LINK_SESSION).into()),
    };
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let standing = owner.stands(visit, &mut transaction).await?;
    still_trusted(&mut transaction, &ended.provider).await?;
    let (issuer, change) = (service.identifier.as_str(), Change::IdentityLinked);
    changed(&mut transaction, issuer, clock, &standing, change, Some(owner.session.id)).await?;
    let linked = identities::link(&mut transaction, clock, ended.provider.organization, who, account).await;
    if matches!(&linked, Err(FederationRefusal::Store(StoreError::UniqueViolation(_)))) {
        return Err(refused(Reason::LINK_TAKEN).into());
    }
    linked?;
    let event = Event {
        object_type: Some("account"),
        objects: vec![*account.as_uuid()],
        ..visit.event(EventName::IdentityLinked, Outcome::Success, None)
    };
    let by = By::Themselves(&owner.session.origin);
    account_events::record(&mut transaction, issuer, account, by, &event).await?;
    transaction.commit().await?;
    Ok(Reply::see_other(&ended.purpose.return_to))
}
