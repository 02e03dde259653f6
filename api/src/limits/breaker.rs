//! Whether most sign-ins fail at the moment, all over the service: then somebody tries a list of stolen passwords from so
//! many places that no single one stands out.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What is looked at.
const WINDOW: Duration = Duration::from_secs(300);
/// Fewer failures than this are people who mistype.
const FAILURES: usize = 50;
/// The share of failures that no honest morning reaches, in percent.
const SHARE: usize = 80;
/// Attempts that are remembered; older ones give way.
const REMEMBERED: usize = 1024;

/// The attempts of the last minutes.
#[derive(Default)]
pub(super) struct Breaker(Mutex<VecDeque<(Instant, bool)>>);

impl Breaker {
    pub(super) fn note(&self, now: Instant, succeeded: bool) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if attempts.len() >= REMEMBERED {
            attempts.pop_front();
        }
        attempts.push_back((now, succeeded));
    }

    pub(super) fn is_tripped(&self, now: Instant) -> bool {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while attempts.front().is_some_and(|(then, _)| now.duration_since(*then) > WINDOW) {
            attempts.pop_front();
        }
        let failures = attempts.iter().filter(|(_, succeeded)| !succeeded).count();
        failures >= FAILURES && failures * 100 > attempts.len() * SHARE
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, FAILURES, WINDOW};
    use crate::clock::Clock;

    #[test]
    fn trips_when_many_fail_and_few_succeed_and_recovers() {
        let (breaker, now) = (Breaker::default(), Clock.instant());
        for number in 0..FAILURES {
            assert!(!breaker.is_tripped(now), "{number}");
            breaker.note(now, false);
        }
        assert!(breaker.is_tripped(now));
        for _ in 0..FAILURES.div_ceil(4) {
            breaker.note(now, true);
        }
        assert!(!breaker.is_tripped(now), "four in five, as on a bad morning");
        (0..3).for_each(|_| breaker.note(now, false));
        assert!(breaker.is_tripped(now));
        assert!(!breaker.is_tripped(now + WINDOW * 2));
    }
}
