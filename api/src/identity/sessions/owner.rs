//! Who is at the pages of an account, and what they may do there.
//!
//! Whoever came by the word of an organization's own provider ([`super::Origin`]) sees neither how the account is opened nor
//! where else it is signed in, and changes nothing of that.

use super::{Origin, Session, of_visit};
use crate::{
    access::step_up,
    audit::Reason,
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Visit},
    },
    identity::accounts::{self, Account, Standing, Verified},
    protection::OIDC_ACCOUNT_LINKING,
    store::{Mode, Transaction},
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;

/// How long a sign-in counts as fresh (RFC 9470; catalogue P2).
const FRESH: TimeDelta = TimeDelta::seconds(300);

/// The owner of an account, signed in with every factor that the account needs.
#[derive(Debug)]
pub struct Owner {
    /// The session of this browser.
    pub session: Session,
    /// Whose it is.
    pub account: Account,
}

/// Who is there.
#[derive(Debug)]
pub enum Visitor {
    /// Nobody: no session that stands, or one in which a factor is missing. The reason is for the audit log.
    Nobody(Option<Reason>),
    /// Somebody for whom their organization's provider vouches.
    Vouched(Owner),
    /// The account's owner.
    Owner(Owner),
}

/// Who is at this page.
///
/// # Errors
/// When the database is gone.
pub async fn visitor(visit: &Visit) -> Result<Visitor, Refusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let Some(session) = of_visit(&mut transaction, visit).await? else { return Ok(Visitor::Nobody(None)) };
    if let Err(over) = session.stands(visit.service.clock.now()) {
        return Ok(Visitor::Nobody(Some(over.reason())));
    }
    if !session.is_complete() {
        return Ok(Visitor::Nobody(Some(Reason::SESSION_INCOMPLETE)));
    }
    let account = accounts::by_id(&mut transaction, session.account_id).await?;
    transaction.release();
    let Some(account) = account.filter(Account::is_active) else { return Ok(Visitor::Nobody(None)) };
    let owner = Owner { session, account };
    Ok(if is_owner(&owner.session.origin) { Visitor::Owner(owner) } else { Visitor::Vouched(owner) })
}

/// Whether it is the account's owner: by their own credentials, and not by the word of an organization's provider. Its
/// administrators could else change how anybody's account is opened.
#[enforces(OIDC_ACCOUNT_LINKING, answers = true)]
fn is_owner(origin: &Origin) -> bool {
    origin.is_own()
}

/// The owner of the account.
///
/// # Errors
/// `unauthenticated`, when nobody is signed in; `forbidden`, when it is a provider that vouches.
pub async fn owner(visit: &Visit) -> Result<Owner, Refusal> {
    owner_or(visit, |reason| {
        let nobody = Problem::new(Kind::Unauthenticated);
        match reason {
            Some(reason) => nobody.because(reason),
            None => nobody,
        }
    })
    .await
}

/// The owner of the account, for a form of a page that only they see.
///
/// # Errors
/// `insufficient-user-authentication` with the challenge of RFC 9470, when nobody is signed in; `forbidden`, when it is a
/// provider that vouches.
pub async fn challenged_owner(visit: &Visit) -> Result<Owner, Refusal> {
    owner_or(visit, |_| step_up(Reason::SESSION_MISSING)).await
}

/// The same, for a form that changes how the account is opened: whoever left it open for more than five minutes signs in
/// again.
///
/// # Errors
/// As [`challenged_owner`].
pub async fn fresh_owner(visit: &Visit) -> Result<Owner, Refusal> {
    let owner = owner_or(visit, |_| step_up(Reason::REAUTH_STALE)).await?;
    if owner.signed_in_lately(visit) { Ok(owner) } else { Err(step_up(Reason::REAUTH_STALE).into()) }
}

async fn owner_or(visit: &Visit, nobody: impl FnOnce(Option<Reason>) -> Problem) -> Result<Owner, Refusal> {
    match visitor(visit).await? {
        Visitor::Owner(owner) => Ok(owner),
        Visitor::Vouched(_) => Err(vouched_for().into()),
        Visitor::Nobody(reason) => Err(nobody(reason).into()),
    }
}

fn vouched_for() -> Problem {
    Problem::new(Kind::Forbidden).because(Reason::SESSION_VOUCHED)
}

/// The same for a page that leads to such a form; `None` sends the browser to the sign-in.
///
/// # Errors
/// `forbidden`, when it is a provider that vouches.
pub async fn fresh_owner_or_sign_in(visit: &Visit) -> Result<Option<Owner>, Refusal> {
    match visitor(visit).await? {
        Visitor::Nobody(_) => Ok(None),
        Visitor::Owner(owner) => Ok(Some(owner).filter(|owner| owner.signed_in_lately(visit))),
        Visitor::Vouched(_) => Err(vouched_for().into()),
    }
}

impl Owner {
    /// The account in the transaction that acts for its owner, if they are still signed in to it and it is opened with what
    /// it was opened with when they were looked at.
    ///
    /// # Errors
    /// `insufficient-user-authentication` with the challenge of RFC 9470, when it is too late; when the database is gone.
    pub async fn stands(&self, visit: &Visit, transaction: &mut Transaction) -> Result<Standing, Refusal> {
        let verified = Verified::session(&self.account, &self.session);
        let standing = verified.stands(transaction, visit.service.clock).await?;
        Ok(standing.ok_or_else(|| step_up(Reason::REAUTH_OVERTAKEN))?)
    }

    /// Whether a factor was shown within the last five minutes.
    #[must_use]
    pub fn signed_in_lately(&self, visit: &Visit) -> bool {
        visit.service.clock.now() - self.session.authenticated_at.time() <= FRESH
    }
}
