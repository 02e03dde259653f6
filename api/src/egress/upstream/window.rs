//! How often something happened lately.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Counts what happens within a span, up to a number.
pub(super) struct Window {
    times: VecDeque<Instant>,
    most: usize,
    span: Duration,
}

impl Window {
    pub(super) fn new(most: usize, span: Duration) -> Self {
        Self { times: VecDeque::with_capacity(most), most, span }
    }

    /// Adds one, and answers whether there are now as many as it takes; then it begins anew.
    pub(super) fn is_full_with(&mut self, now: Instant) -> bool {
        while self.times.front().is_some_and(|then| now.duration_since(*then) > self.span) {
            self.times.pop_front();
        }
        self.times.push_back(now);
        let full = self.times.len() >= self.most;
        if full {
            self.times.clear();
        }
        full
    }

    pub(super) fn clear(&mut self) {
        self.times.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Window;
    use crate::clock::Clock;
    use std::time::Duration;

    #[test]
    fn only_what_is_recent_counts_and_it_begins_anew() {
        let (mut window, now) = (Window::new(3, Duration::from_secs(10)), Clock.instant());
        let at = |seconds| now + Duration::from_secs(seconds);
        let full: Vec<bool> =
            [0, 5, 11, 12, 13, 14, 15].map(|seconds| window.is_full_with(at(seconds))).into();
        assert_eq!(full, [false, false, false, true, false, false, true]);
    }
}
