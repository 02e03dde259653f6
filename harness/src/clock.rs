//! The only place of the harness that reads the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Whole seconds since 1970, the unit of JWT's `NumericDate` (RFC 7519 §2).
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn unix_seconds() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}
