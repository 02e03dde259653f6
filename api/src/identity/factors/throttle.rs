//! Wrong codes of an account in an hour, over all its sessions: whoever has the password could otherwise start a new
//! session for every five guesses. Those whom an organization's provider vouches for are counted apart from its owner.

use super::Attempt;
use crate::{
    protection::MFA_OTP,
    store::{prelude::*, schema::factor_throttles as throttles, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;

/// Failures before the account's codes rest (catalogue P5).
const FAILURES: i32 = 10;
/// How long. The count starts anew only after an hour without a failure, so that no hour, wherever it begins, holds more.
const REST: TimeDelta = TimeDelta::hours(1);

/// The failures so far, or nothing if there were too many. Holds the account's row until the transaction ends, so that
/// parallel attempts are counted one after the other. Who has the password could else begin a session for every few
/// guesses (ASVS 6.3.1).
#[enforces(MFA_OTP, answers = Ok(Some(0)))]
pub(super) async fn admit(
    transaction: &mut Transaction,
    Attempt { account, counted, now, .. }: Attempt,
) -> Result<Option<i32>, StoreError> {
    let new = (
        throttles::account_id.eq(account),
        throttles::organization_id.eq(counted),
        throttles::failures.eq(0),
        throttles::last_failed_at.eq(now),
    );
    each!(transaction.connection(), |c| diesel::insert_into(throttles::table)
        .values(new)
        .on_conflict((throttles::account_id, throttles::organization_id))
        .do_nothing()
        .execute(c))?;
    let own = throttles::table.find((account, counted));
    let (failures, last): (i32, Moment) = each!(transaction.connection(), |c| diesel::update(own)
        .set(throttles::failures.eq(throttles::failures))
        .returning((throttles::failures, throttles::last_failed_at))
        .get_result(c))?;
    if last.time() + REST <= now.time() {
        return Ok(Some(0));
    }
    Ok((failures < FAILURES).then_some(failures))
}

/// One more failure. A success takes none away: else the owner's sign-ins would buy a guesser new tries.
pub(super) async fn record(
    transaction: &mut Transaction,
    attempt: Attempt,
    failures: i32,
) -> Result<(), StoreError> {
    let own = throttles::table.find((attempt.account, attempt.counted));
    each!(transaction.connection(), |c| diesel::update(own)
        .set((throttles::failures.eq(failures.saturating_add(1)), throttles::last_failed_at.eq(attempt.now),))
        .execute(c))?;
    Ok(())
}
