//! Audit and logs.

use super::Attack;

mod data_access;
mod log_injection;
mod no_sensitive;
mod security_events;

pub(super) const ATTACKS: &[&[Attack]] =
    &[security_events::ATTACKS, data_access::ATTACKS, log_injection::ATTACKS, no_sensitive::ATTACKS];

use crate::observe::LogBook;
use std::{sync::Arc, time::Duration};

/// The log once it names every one of these requests, or after half a second: the service writes before it answers,
/// but the pipe takes its time.
async fn log_with(log: &Arc<LogBook>, ids: &[uuid::Uuid]) -> Vec<String> {
    let mut lines = Vec::new();
    for _ in 0..25 {
        lines = log.lines();
        if ids.iter().all(|id| lines.iter().any(|line| line.contains(&id.to_string()))) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    lines
}
