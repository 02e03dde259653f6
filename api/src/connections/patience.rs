//! How long a peer may keep the service waiting.
//!
//! A deadline for each step can be met by a byte a step, for ever. So a wait is paid from a budget: it shrinks while the
//! service waits and grows with the bytes that move, up to what it was at first. Who keeps above the rate keeps the
//! connection, who stays below it loses it, however the bytes are spread.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// A budget of waiting, and the timer that wakes the task when it is used up.
#[derive(Debug)]
pub(super) struct Patience {
    budget: Budget,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// So much at first and at most; each `rate` bytes pay for another second, none do when it is zero.
    pub(super) const fn new(whole: Duration, rate: u64) -> Self {
        Self { budget: Budget { whole, rate, left: whole, since: None }, timer: None }
    }

    /// The peer keeps us waiting. `true` when the budget is used up; else the task is woken when it will be.
    pub(super) fn waits(&mut self, context: &mut Context<'_>) -> bool {
        let timer = match &mut self.timer {
            Some(timer) => timer,
            None => {
                let until = self.budget.until(Instant::now());
                self.timer.insert(Box::pin(sleep_until(until)))
            }
        };
        matches!(timer.as_mut().poll(context), Poll::Ready(()))
    }

    /// The peer took or sent so much.
    pub(super) fn moved(&mut self, bytes: usize) {
        if self.timer.take().is_some() {
            self.budget.settle(Instant::now());
        }
        self.budget.earn(bytes);
    }

    /// Something new begins.
    pub(super) fn renew(&mut self) {
        self.timer = None;
        self.budget.renew();
    }
}

#[derive(Debug)]
struct Budget {
    whole: Duration,
    rate: u64,
    left: Duration,
    since: Option<Instant>,
}

impl Budget {
    /// When it is used up, if nothing moves. The wait begins now unless it has begun before.
    fn until(&mut self, now: Instant) -> Instant {
        *self.since.get_or_insert(now) + self.left
    }

    /// The wait is over.
    fn settle(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            self.left = self.left.saturating_sub(now.saturating_duration_since(since));
        }
    }

    fn earn(&mut self, bytes: usize) {
        if self.left < self.whole {
            let millis = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(1000);
            let earned = Duration::from_millis(millis.checked_div(self.rate).unwrap_or(0));
            self.left = self.left.saturating_add(earned).min(self.whole);
        }
    }

    fn renew(&mut self) {
        (self.left, self.since) = (self.whole, None);
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Duration, Instant};

    fn budget(seconds: u64, rate: u64) -> Budget {
        let whole = Duration::from_secs(seconds);
        Budget { whole, rate, left: whole, since: None }
    }

    /// Ten minutes in which every so many seconds so many bytes move.
    fn survives(mut budget: Budget, every: u64, bytes: usize) -> bool {
        let mut now = Instant::now();
        for _ in 0..600 / every {
            let until = budget.until(now);
            now += Duration::from_secs(every);
            if until <= now {
                return false;
            }
            budget.settle(now);
            budget.earn(bytes);
        }
        true
    }

    #[test]
    fn the_rate_decides_and_not_how_the_bytes_are_spread() {
        assert!(survives(budget(10, 1024), 1, 1024));
        assert!(survives(budget(10, 1024), 9, 9 * 1024));
        assert!(!survives(budget(10, 1024), 1, 512));
        assert!(!survives(budget(10, 1024), 9, 1), "a byte before each deadline");
        assert!(!survives(budget(10, 1024), 11, 1024 * 1024), "nothing for longer than the budget");
        assert!(!survives(budget(5, 0), 1, 4096), "nothing pays");
    }

    #[test]
    fn time_in_which_nobody_waits_for_the_peer_costs_it_nothing() {
        let (mut budget, mut now) = (budget(10, 1024), Instant::now());
        for _ in 0..5 {
            now += Duration::from_secs(60);
            let until = budget.until(now);
            assert!(until > now);
            budget.settle(now);
            budget.earn(1);
        }
        let _ = budget.until(now);
        now += Duration::from_secs(11);
        assert!(budget.until(now) <= now, "the same wait goes on");
        budget.renew();
        assert!(budget.until(now) > now);
    }
}
