//! The log on standard output: one JSON object a line for machines, plain lines for a person at a terminal. In both, a
//! value that came from outside can't begin a line of its own.

mod plain;

use crate::settings::{LogFormat, LogSettings};
use std::{
    io::{self, IsTerminal},
    panic,
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt::format::FmtSpan};

/// Starts logging. Libraries are heard from `warn` on: their debug output holds what they were given.
pub fn start(settings: &LogSettings) {
    let level = settings.level.name();
    let own = [format!("brigandine_api={level}"), format!("brigandine_api_twin={level}")];
    let filter = own
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(EnvFilter::default().add_directive(LevelFilter::WARN.into()), EnvFilter::add_directive);
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(io::stdout);
    let is_for_people = match settings.format {
        LogFormat::Auto => io::stdout().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Text => true,
    };
    if is_for_people {
        lines.event_format(plain::Lines).init();
    } else {
        lines.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    }
    panic::set_hook(Box::new(|panic| {
        // The place, not the message: a message may quote what a client sent.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "A bug stopped a request");
    }));
}
