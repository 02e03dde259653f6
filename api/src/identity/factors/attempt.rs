//! Every typed code passes here, so that none is tried outside the counters.

use super::{FactorError, challenge, throttle};
use crate::{
    ids::{AccountId, SessionId},
    protection::Protection,
    store::{Transaction, types::Moment},
};

/// Somebody types a code.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Whose code it should be.
    pub account: AccountId,
    /// The session that waits for it.
    pub session: SessionId,
    /// When, by the server's clock; the client's is never asked.
    pub now: Moment,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The factor was shown.
    Right,
    /// It was not; why is for the audit log only.
    Refused(&'static str),
}

/// Counts the attempt, and has it checked if it is still one of those allowed. A guess beyond them is not even compared:
/// the right code fails too, so that nobody learns that it was right.
pub(super) async fn decide(
    transaction: &mut Transaction,
    attempt: Attempt,
    check: impl AsyncFnOnce(&mut Transaction) -> Result<bool, FactorError>,
) -> Result<Verdict, FactorError> {
    if !Protection::MfaOtp.holds() {
        // A twin that counts nothing: a million guesses are a morning's work.
        let right = check(transaction).await?;
        return Ok(if right { Verdict::Right } else { Verdict::Refused("mfa.wrong") });
    }
    if !challenge::spend_try(transaction, attempt).await? {
        return Ok(Verdict::Refused("mfa.challenge"));
    }
    let Some(failures) = throttle::admit(transaction, attempt).await? else {
        return Ok(Verdict::Refused("mfa.throttled"));
    };
    if check(transaction).await? {
        challenge::solve(transaction, attempt).await?;
        Ok(Verdict::Right)
    } else {
        throttle::record(transaction, attempt, failures).await?;
        Ok(Verdict::Refused("mfa.wrong"))
    }
}
