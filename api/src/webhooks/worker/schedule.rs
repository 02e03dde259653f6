//! When a message is tried again (catalogue P6; Standard Webhooks, "Retry schedule").

use chrono::TimeDelta;

/// After the first failure, the second, and so on: for three days.
const AGAIN: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];

/// How long after the attempt of this number (the first is 1) the next one is due; `None` when there is none.
pub(super) fn after(attempt: i32) -> Option<TimeDelta> {
    let index = usize::try_from(attempt.checked_sub(1)?).ok()?;
    AGAIN.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::{TimeDelta, after};

    #[test]
    fn ten_attempts_in_three_days() {
        assert_eq!(after(1), Some(TimeDelta::seconds(5)));
        assert_eq!(after(9), Some(TimeDelta::hours(24)));
        assert_eq!((after(10), after(0), after(-1)), (None, None, None));
        let all: TimeDelta = (1..=9).filter_map(after).sum();
        assert_eq!(all.num_hours(), 75);
    }
}
