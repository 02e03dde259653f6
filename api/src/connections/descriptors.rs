//! File descriptors: every connection takes one, and a process that has none left can neither accept nor read a file.

use crate::settings::{Settings, SettingsError};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For files, the database, upstreams, mails and whatever libraries open.
const OTHERS: u64 = 512;

/// Raises the soft limit to what the settings need.
///
/// # Errors
/// As [`check`].
pub fn raise(settings: &Settings) -> Result<(), SettingsError> {
    check(settings)?;
    let (needed, limit) = (needed(settings), getrlimit(Resource::Nofile));
    if limit.current.is_some_and(|current| current < needed) {
        let raised = Rlimit { current: Some(needed), maximum: limit.maximum };
        setrlimit(Resource::Nofile, raised)
            .map_err(|error| SettingsError::new("server.connections", error.to_string()))?;
    }
    Ok(())
}

/// Whether the system allows what the settings need.
///
/// # Errors
/// When the hard limit is lower: connections that are promised would fail, and with them everything else.
pub fn check(settings: &Settings) -> Result<(), SettingsError> {
    fits(needed(settings), getrlimit(Resource::Nofile).maximum)
}

fn needed(settings: &Settings) -> u64 {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let database = settings.server.workers.saturating_mul(settings.database.connections_per_worker);
    count(settings.server.connections.get()).saturating_add(count(database)).saturating_add(OTHERS)
}

fn fits(needed: u64, hard: Option<u64>) -> Result<(), SettingsError> {
    match hard {
        Some(hard) if hard < needed => Err(SettingsError::new(
            "server.connections",
            format!(
                "needs {needed} file descriptors, and the system allows {hard} (ulimit -Hn, LimitNOFILE=)"
            ),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_hard_limit_below_what_is_needed_stops_the_start() {
        assert!(fits(2600, None).is_ok() && fits(2600, Some(2600)).is_ok());
        let refused = fits(2600, Some(1024)).unwrap_err().to_string();
        assert!(refused.contains("2600") && refused.contains("1024"), "{refused}");
    }
}
