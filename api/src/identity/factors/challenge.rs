//! The five tries of a session that waits for its second factor.

use super::Attempt;
use crate::{
    protection::MFA_OTP,
    store::{prelude::*, schema::factor_challenges as challenges, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;

/// Tries of one session (catalogue P5). A new session costs the password again.
const TRIES: i32 = 5;
/// How long the session may wait.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Takes one of the tries, before anything is compared. `false`: none is left, the time is over, or the factor was shown
/// already. With any number of tries, a million codes are a morning's work (ASVS 6.3.1).
#[enforces(MFA_OTP, answers = Ok(true))]
pub(super) async fn spend_try(
    transaction: &mut Transaction,
    Attempt { account, session, now, .. }: Attempt,
) -> Result<bool, StoreError> {
    let new = (
        challenges::session_id.eq(session),
        challenges::account_id.eq(account),
        challenges::tries.eq(0),
        challenges::created_at.eq(now),
        challenges::expires_at.eq(Moment::new(now.time() + LIFETIME)),
    );
    each!(transaction.connection(), |c| diesel::insert_into(challenges::table)
        .values(new)
        .on_conflict(challenges::session_id)
        .do_nothing()
        .execute(c))?;
    // Parallel guesses queue up at this row: each sees the count that the one before it left.
    let open = challenges::table
        .filter(challenges::session_id.eq(session))
        .filter(challenges::account_id.eq(account))
        .filter(challenges::tries.lt(TRIES))
        .filter(challenges::solved_at.is_null())
        .filter(challenges::expires_at.gt(now));
    let spent = each!(transaction.connection(), |c| diesel::update(open)
        .set(challenges::tries.eq(challenges::tries + 1))
        .execute(c))?;
    Ok(spent == 1)
}

/// Closes the challenge: its remaining tries are gone.
pub(super) async fn solve(transaction: &mut Transaction, attempt: Attempt) -> Result<(), StoreError> {
    let own = challenges::table.filter(challenges::session_id.eq(attempt.session));
    each!(transaction.connection(), |c| diesel::update(own)
        .set(challenges::solved_at.eq(Some(attempt.now)))
        .execute(c))?;
    Ok(())
}
