//! The switches of a twin: a copy of the service in which the harness takes single protections away.
//!
//! Compiled only under the cargo feature `twin`. The first line of standard input names what is off, later lines
//! may move the clock. Never over the network: whoever can write to the process's input owns it already.

use crate::{
    protection::{BUILD_TWIN_ABSENT, Protection},
    settings::SettingsError,
};
use serde::Deserialize;
use std::{
    collections::HashSet,
    io::{BufRead, stdin},
    net::SocketAddr,
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
};

static OFF: OnceLock<Off> = OnceLock::new();
static CLOCK_OFFSET_SECONDS: AtomicI64 = AtomicI64::new(0);

/// What is taken away.
struct Off {
    protections: HashSet<&'static str>,
    /// Single functions, by file and line of their marks: `api/src/identity/token.rs:81`.
    marks: HashSet<String>,
}

/// One line of steering.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Steering {
    /// Ids of the protections to take away; honoured on the first line only.
    #[serde(default)]
    off: Vec<String>,
    /// Marks of single functions to take away, likewise.
    #[serde(default)]
    marks: HashSet<String>,
    /// How far the twin's wall clock stands from the machine's.
    #[serde(default)]
    clock_offset_seconds: i64,
}

/// Reads the first line of standard input, then follows further lines in the background.
///
/// # Errors
/// A sentence naming what was wrong with the line: no line, no JSON, or an unknown protection.
pub fn take_steering() -> Result<(), String> {
    let mut line = String::new();
    stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| format!("cannot read the twin's steering: {error}"))?;
    let steering: Steering = serde_json::from_str(&line)
        .map_err(|error| format!("the twin's steering is not understood: {error}"))?;
    let mut protections = HashSet::new();
    for id in &steering.off {
        let protection =
            Protection::from_id(id).ok_or_else(|| format!("there is no protection named {id:?}"))?;
        protections.insert(protection.id);
    }
    if OFF.set(Off { protections, marks: steering.marks }).is_err() {
        return Err("the twin was steered twice".into());
    }
    CLOCK_OFFSET_SECONDS.store(steering.clock_offset_seconds, Ordering::Relaxed);
    std::thread::spawn(follow);
    Ok(())
}

fn follow() {
    for line in stdin().lock().lines().map_while(Result::ok) {
        if let Ok(steering) = serde_json::from_str::<Steering>(&line) {
            CLOCK_OFFSET_SECONDS.store(steering.clock_offset_seconds, Ordering::Relaxed);
        }
    }
}

/// A twin lets attackers in by design, so it serves nobody but this machine.
///
/// # Errors
/// `twin_refuses`, when one of these listeners can be reached from elsewhere.
pub fn refuse_the_network(listeners: &[(&'static str, SocketAddr)]) -> Result<(), SettingsError> {
    for (key, address) in listeners {
        if !address.ip().is_loopback() && !is_off(&BUILD_TWIN_ABSENT) {
            return Err(SettingsError::new(*key, "twin_refuses: a twin listens on loopback addresses only"));
        }
    }
    Ok(())
}

/// Whether this twin was told to do without the protection.
#[must_use]
pub fn is_off(protection: &Protection) -> bool {
    OFF.get().is_some_and(|off| off.protections.contains(protection.id))
}

impl Protection {
    /// Whether what the mark in this file and line stands on was taken away: alone, or with its whole protection.
    #[must_use]
    pub fn is_away(&self, file: &str, line: u32) -> bool {
        let marks = OFF.get().map(|off| &off.marks).filter(|marks| !marks.is_empty());
        is_off(self) || marks.is_some_and(|marks| marks.contains(&format!("{file}:{line}")))
    }
}

/// Whether this twin was told to do without single functions.
#[must_use]
pub fn misses_single_marks() -> bool {
    OFF.get().is_some_and(|off| !off.marks.is_empty())
}

/// What the `X-Twin-Off` header says: the ids, comma-separated, or `none`.
#[must_use]
pub fn stamp() -> String {
    let ids: Vec<_> =
        Protection::ALL.iter().filter(|protection| is_off(protection)).map(|it| it.id).collect();
    if ids.is_empty() { "none".into() } else { ids.join(", ") }
}

/// The distance between the twin's clock and the machine's.
#[must_use]
pub fn clock_offset() -> chrono::Duration {
    chrono::Duration::seconds(CLOCK_OFFSET_SECONDS.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::refuse_the_network;

    #[test]
    fn a_twin_listens_on_loopback_only() {
        let refusal = |address: &str| refuse_the_network(&[("server.listen", address.parse().unwrap())]);
        assert!(refusal("127.0.0.1:0").is_ok());
        for open in ["0.0.0.0:0", "[::]:0", "10.0.0.1:0"] {
            let refused = refusal(open).unwrap_err().to_string();
            assert!(refused.contains("twin_refuses"), "{open}: {refused}");
        }
    }
}
