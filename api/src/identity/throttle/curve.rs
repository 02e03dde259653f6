//! How long to wait after how many failures in a row.

use chrono::{DateTime, TimeDelta, Utc};

/// Failures that cost no wait.
pub const FREE: i32 = 5;
/// Failures after which only a proofed recovery opens the account for strangers' browsers again.
pub const STOP: i32 = 100;
/// The longest wait, in seconds.
const LONGEST: i64 = 900;

/// Whether a guess may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Admitted {
        /// The wait that begins if it is wrong.
        wait_after: TimeDelta,
    },
    /// Not yet.
    Delayed {
        /// What to tell the client, in whole seconds.
        seconds: u32,
    },
}

/// The wait after so many failures: none up to the fourth, then 1, 2, 4 … 900 seconds.
pub(super) fn wait(failures: i32) -> TimeDelta {
    let doublings = failures.saturating_sub(FREE);
    let seconds = match u32::try_from(doublings) {
        Err(_) => 0,
        Ok(doublings) => 1_i64.checked_shl(doublings.min(62)).map_or(LONGEST, |seconds| seconds.min(LONGEST)),
    };
    TimeDelta::seconds(seconds)
}

/// Judges one more guess after so many failures, the last of them then.
pub(super) fn judge(failures: i32, last_at: DateTime<Utc>, now: DateTime<Utc>) -> Admission {
    if failures >= STOP {
        // Nothing tells the hard stop from a long wait, so nobody learns that they reached it.
        return Admission::Delayed { seconds: u32::try_from(LONGEST).unwrap_or(u32::MAX) };
    }
    let left = last_at + wait(failures) - now;
    if left > TimeDelta::zero() && failures > 0 {
        let seconds = left.num_seconds().saturating_add(1).min(LONGEST);
        return Admission::Delayed { seconds: u32::try_from(seconds).unwrap_or(u32::MAX) };
    }
    Admission::Admitted { wait_after: wait(failures.saturating_add(1)) }
}

#[cfg(test)]
mod tests {
    use super::{Admission, STOP, judge, wait};
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn waits_double_from_the_fifth_failure_to_a_quarter_of_an_hour() {
        let seconds = |failures| wait(failures).num_seconds();
        assert_eq!([0, 1, 4, 5, 6, 7, 8].map(seconds), [0, 0, 0, 1, 2, 4, 8]);
        assert_eq!([14, 15, 16, 80, 99, i32::MAX].map(seconds), [512, 900, 900, 900, 900, 900]);
    }

    #[test]
    fn a_minute_of_guessing_gets_ten_guesses() {
        let mut now = DateTime::UNIX_EPOCH;
        let (mut failures, mut last, mut guesses) = (0, now, 0);
        while now < DateTime::UNIX_EPOCH + TimeDelta::minutes(1) {
            if let Admission::Admitted { .. } = judge(failures, last, now) {
                (failures, last, guesses) = (failures + 1, now, guesses + 1);
            }
            now += TimeDelta::milliseconds(100);
        }
        assert_eq!(guesses, 10);
    }

    #[test]
    fn nobody_guesses_more_than_a_hundred_times_in_a_row() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(3650);
        assert!(matches!(judge(STOP - 1, DateTime::UNIX_EPOCH, now), Admission::Admitted { .. }));
        assert_eq!(judge(STOP, DateTime::UNIX_EPOCH, now), Admission::Delayed { seconds: 900 });
    }

    #[test]
    fn the_wait_is_told_in_whole_seconds_and_never_as_none() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(judge(7, now, now + TimeDelta::milliseconds(3999)), Admission::Delayed { seconds: 1 });
        assert!(matches!(judge(7, now, now + TimeDelta::seconds(4)), Admission::Admitted { .. }));
    }
}
