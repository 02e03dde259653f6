//! The only place that reads the time.
//!
//! Everything else is handed a [`Clock`], so that expiry, rotation and rate windows can be tested without waiting.
//! A twin's clock can be moved by the harness over the process's standard input.

use chrono::{DateTime, Utc};
use std::time::Instant;

/// The service's view of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

impl Clock {
    /// The wall clock, in UTC.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(self) -> DateTime<Utc> {
        let now = Utc::now();
        #[cfg(feature = "twin")]
        let now = now + crate::twin::clock_offset();
        now
    }

    /// Whole seconds since 1970, the unit of JWT's `NumericDate` (RFC 7519 §2).
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.now().timestamp()
    }

    /// A point for measuring how long something took; unaffected by steps of the wall clock.
    #[must_use]
    pub fn instant(self) -> Instant {
        Instant::now()
    }
}
