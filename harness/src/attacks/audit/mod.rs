//! Audit and logs.

use super::Attack;

mod data_access;
mod every_rule;
mod log_injection;
mod no_sensitive;
mod quiet;
mod reader;
mod security_events;

pub(super) const ATTACKS: &[&[Attack]] = &[
    security_events::ATTACKS,
    quiet::ATTACKS,
    data_access::ATTACKS,
    every_rule::ATTACKS,
    log_injection::ATTACKS,
    no_sensitive::ATTACKS,
    reader::ATTACKS,
];

use crate::{observe::LogBook, patience::Patience};
use std::sync::Arc;

/// The log once it names every one of these requests: the service writes before it answers, but the pipe takes its time.
async fn log_with(log: &Arc<LogBook>, ids: &[uuid::Uuid]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut patience = Patience::new();
    while patience.lasts().await {
        lines = log.lines();
        if ids.iter().all(|id| lines.iter().any(|line| line.contains(&id.to_string()))) {
            break;
        }
    }
    lines
}
