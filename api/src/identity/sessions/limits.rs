//! How long a session may rest and last (catalogue P2; NIST SP 800-63B-4 §2.2.3).

use crate::{access::Role, protection::SESSION_TIMEOUTS};
use brigandine_enforce::enforces;
use chrono::Duration;

/// The limits of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long it may rest.
    pub idle_seconds: i32,
    absolute_seconds: i64,
}

impl Limits {
    /// For those who work with other people's data.
    pub const STAFF: Self = Self { idle_seconds: 30 * 60, absolute_seconds: 12 * 60 * 60 };
    /// For those who see their own.
    pub const PATIENT: Self = Self { idle_seconds: 60 * 60, absolute_seconds: 24 * 60 * 60 };

    /// The limits of somebody with these roles; the strictest counts.
    pub fn of(mut roles: impl Iterator<Item = Role>) -> Self {
        if roles.all(|role| role == Role::Patient) { Self::PATIENT } else { Self::STAFF }
    }

    /// How long it may last.
    #[must_use]
    #[enforces(SESSION_TIMEOUTS, answers = Duration::days(365))]
    pub fn absolute(self) -> Duration {
        Duration::seconds(self.absolute_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Role};

    #[test]
    fn who_is_staff_anywhere_is_staff() {
        assert_eq!(Limits::of([Role::Patient].into_iter()), Limits::PATIENT);
        assert_eq!(Limits::of([Role::Patient, Role::Reception].into_iter()), Limits::STAFF);
    }
}
