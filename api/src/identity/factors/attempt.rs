//! Every typed code passes here, so that none is tried outside the counters.

use super::{FactorError, challenge, throttle};
use crate::{
    audit::Reason,
    identity::{
        accounts::NOBODY,
        sessions::{Origin, Session},
    },
    ids::{AccountId, OrganizationId, SessionId},
    protection::OIDC_ACCOUNT_LINKING,
    store::{Transaction, types::Moment},
};
use brigandine_enforce::enforces;

/// Why a code is refused that was compared, for the audit log.
pub const WRONG: Reason = Reason::MFA_WRONG;

/// Somebody types a code.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Whose code it should be.
    pub account: AccountId,
    /// The session that waits for it.
    pub session: SessionId,
    /// Whose failures they are counted among: those of the account's owner are under [`NOBODY`], and those of whom an
    /// organization's provider vouches for under that organization. Its administrators can have it vouch for anybody it
    /// knows, and must not be able to use up the owner's tries.
    pub counted: OrganizationId,
    /// When, by the server's clock; the client's is never asked.
    pub now: Moment,
}

impl Attempt {
    /// Somebody types a code in this session, which waits for it.
    #[must_use]
    pub fn of(session: &Session, now: Moment) -> Self {
        let counted = counted_among(&session.origin);
        Self { account: session.account_id, session: session.id, counted, now }
    }
}

/// Whose failures a session's are counted among. An organization's provider can vouch for anybody it knows: if its
/// failures counted as the owner's, it could keep the owner out.
#[enforces(OIDC_ACCOUNT_LINKING, answers = NOBODY)]
fn counted_among(origin: &Origin) -> OrganizationId {
    origin.organization().unwrap_or(NOBODY)
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The factor was shown.
    Right,
    /// It was not; why is for the audit log only.
    Refused(Reason),
}

/// Counts the attempt, and has it checked if it is still one of those allowed. A guess beyond them is not even compared:
/// the right code fails too, so that nobody learns that it was right.
pub(super) async fn decide(
    transaction: &mut Transaction,
    attempt: Attempt,
    check: impl AsyncFnOnce(&mut Transaction) -> Result<bool, FactorError>,
) -> Result<Verdict, FactorError> {
    if !challenge::spend_try(transaction, attempt).await? {
        return Ok(Verdict::Refused(Reason::MFA_CHALLENGE));
    }
    let Some(failures) = throttle::admit(transaction, attempt).await? else {
        return Ok(Verdict::Refused(Reason::MFA_THROTTLED));
    };
    if check(transaction).await? {
        challenge::solve(transaction, attempt).await?;
        Ok(Verdict::Right)
    } else {
        throttle::record(transaction, attempt, failures).await?;
        Ok(Verdict::Refused(WRONG))
    }
}
