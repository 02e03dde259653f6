//! The circuit breaker. An upstream that fails again and again is left alone: it needs the rest, and whoever waits for it
//! keeps places that others need. Then one question finds out whether it has recovered.

use super::window::Window;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// So many failures in so short a time open it (catalogue P6).
const FAILURES: usize = 5;
const WITHIN: Duration = Duration::from_secs(10);

/// On what terms a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// The upstream is well, as far as anybody knows.
    Usual,
    /// The upstream was not well; this question is to find out.
    Probe,
}

/// What came of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    Nothing,
    Open,
    Closed,
}

pub(super) struct Breaker {
    state: Mutex<State>,
    rest: Duration,
}

struct State {
    failures: Window,
    /// While it is open: when the next question may find out.
    probe_at: Option<Instant>,
}

impl Breaker {
    pub(super) fn new(rest: Duration) -> Self {
        Self { state: Mutex::new(State { failures: Window::new(FAILURES, WITHIN), probe_at: None }), rest }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a question may be asked, or how long to wait.
    pub(super) fn admit(&self, now: Instant) -> Result<Pass, Duration> {
        let mut state = self.state();
        match state.probe_at {
            None => Ok(Pass::Usual),
            Some(at) if now < at => Err(at.duration_since(now)),
            Some(_) => {
                // The next one waits as long, whatever becomes of this one.
                state.probe_at = Some(now + self.rest);
                Ok(Pass::Probe)
            }
        }
    }

    /// A probe that was never sent found out nothing: the next question may.
    pub(super) fn give_back(&self, now: Instant) {
        let mut state = self.state();
        if state.probe_at.is_some() {
            state.probe_at = Some(now);
        }
    }

    pub(super) fn succeeded(&self) -> Turned {
        let mut state = self.state();
        if state.probe_at.take().is_none() {
            return Turned::Nothing;
        }
        state.failures.clear();
        Turned::Closed
    }

    pub(super) fn failed(&self, now: Instant) -> Turned {
        let mut state = self.state();
        if state.probe_at.is_some() || !state.failures.is_full_with(now) {
            return Turned::Nothing;
        }
        state.probe_at = Some(now + self.rest);
        Turned::Open
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().probe_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, FAILURES, Pass, Turned};
    use crate::clock::Clock;
    use std::time::{Duration, Instant};

    const REST: Duration = Duration::from_secs(10);

    fn opened() -> (Breaker, Instant) {
        let (breaker, now) = (Breaker::new(REST), Clock.instant());
        for _ in 1..FAILURES {
            assert_eq!(breaker.failed(now), Turned::Nothing);
            assert_eq!(breaker.admit(now), Ok(Pass::Usual));
        }
        assert_eq!(breaker.failed(now), Turned::Open);
        (breaker, now)
    }

    #[test]
    fn opens_after_failures_and_lets_one_probe_through_at_a_time() {
        let (breaker, now) = opened();
        assert_eq!(breaker.admit(now), Err(REST));
        let later = now + REST;
        assert_eq!(breaker.admit(later), Ok(Pass::Probe));
        assert_eq!(breaker.admit(later), Err(REST), "one probe is enough");
        assert_eq!(breaker.failed(later), Turned::Nothing);
        assert_eq!(breaker.admit(later + REST), Ok(Pass::Probe), "and the next one after as long a rest");
        assert_eq!(breaker.succeeded(), Turned::Closed);
        assert_eq!(breaker.admit(later + REST), Ok(Pass::Usual));
    }

    #[test]
    fn a_probe_that_was_not_sent_can_be_sent_by_the_next_one() {
        let (breaker, now) = opened();
        assert_eq!(breaker.admit(now + REST), Ok(Pass::Probe));
        breaker.give_back(now + REST);
        assert_eq!(breaker.admit(now + REST), Ok(Pass::Probe));
    }

    #[test]
    fn failures_that_are_far_apart_open_nothing() {
        let (breaker, now) = (Breaker::new(REST), Clock.instant());
        for number in 0..20 {
            assert_eq!(breaker.failed(now + Duration::from_secs(3) * number), Turned::Nothing);
        }
    }
}
