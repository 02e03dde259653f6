//! The count, in the database: replicas count together.

use super::{
    Key,
    curve::{self, Admission},
};
use crate::store::{prelude::*, schema::login_failures, types::Moment};
use chrono::{DateTime, Utc};

/// Counts one guess as failed, if it may be made. Commit before the password is verified: only then does the next guess
/// see it.
///
/// # Errors
/// From the database.
pub async fn admit(
    transaction: &mut Transaction,
    key: Key,
    now: DateTime<Utc>,
) -> Result<Admission, StoreError> {
    let now_stored = Moment::new(now);
    let first = (
        login_failures::key.eq(key.0.as_slice()),
        login_failures::failures.eq(0),
        login_failures::last_at.eq(now_stored),
    );
    // Changes nothing in a row that is there, but locks it until the commit: of guesses made at once, each waits here for
    // the one before it.
    let (failures, last_at): (i32, Moment) =
        each!(transaction.connection(), |c| diesel::insert_into(login_failures::table)
            .values(first)
            .on_conflict(login_failures::key)
            .do_update()
            .set(login_failures::failures.eq(login_failures::failures))
            .returning((login_failures::failures, login_failures::last_at))
            .get_result(c))?;
    let admission = curve::judge(failures, last_at.time(), now);
    if let Admission::Admitted { .. } = admission {
        let counted =
            (login_failures::failures.eq(failures.saturating_add(1)), login_failures::last_at.eq(now_stored));
        each!(transaction.connection(), |c| diesel::update(login_failures::table.find(key.0.as_slice()))
            .set(counted)
            .execute(c))?;
    }
    Ok(admission)
}

/// Forgets the failures: the right password was given, or the account was recovered.
///
/// # Errors
/// From the database.
pub async fn reset(transaction: &mut Transaction, key: Key) -> Result<(), StoreError> {
    each!(transaction.connection(), |c| diesel::delete(login_failures::table.find(key.0.as_slice()))
        .execute(c))?;
    Ok(())
}
