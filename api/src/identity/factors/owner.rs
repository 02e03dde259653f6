//! Whether it is the owner of an account who is at its pages, and signed in a moment ago.

use crate::{
    access::step_up,
    http::visit::{Refusal, Reply, Visit},
    identity::{
        federation::vouched,
        sessions::{self, Session},
    },
    store::Mode,
};
use chrono::TimeDelta;

/// How long a sign-in counts as fresh (catalogue P2).
const FRESH: TimeDelta = TimeDelta::seconds(300);

/// The session, if somebody signed in a moment ago, with every factor that the account has.
pub(super) async fn fresh(visit: &Visit) -> Result<Option<Session>, Refusal> {
    let now = visit.service.clock.now();
    let session = sessions::signed_in(visit).await?;
    let Some(session) = session.filter(|session| now - session.authenticated_at.time() <= FRESH) else {
        return Ok(None);
    };
    // An organization's own provider vouches for its organization, and not for the account itself.
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let organization = vouched::organization(&mut transaction, session.id).await?;
    transaction.release();
    Ok(organization.is_none().then_some(session))
}

/// The same for a form that changes something: whoever left it open too long signs in again.
///
/// # Errors
/// `insufficient-user-authentication`.
pub(super) async fn demand(visit: &Visit) -> Result<Session, Refusal> {
    fresh(visit).await?.ok_or_else(|| step_up("reauth.stale").into())
}

/// Where somebody goes who must sign in first.
pub(super) fn sign_in_first() -> Reply {
    Reply::see_other("/signin")
}
