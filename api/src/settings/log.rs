//! What is logged.

use serde::Deserialize;

/// `[log]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// The least important level of the service's own lines that is written. Libraries never go below `warn`: their
    /// debug output holds what they were given, secrets included.
    pub level: Level,
    /// How lines look.
    pub format: LogFormat,
}

/// How lines of the log look.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For a person where standard output is a terminal, for machines everywhere else.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// Time, level, message, fields.
    Text,
}

/// Levels of importance.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something failed.
    Error,
    /// Something will fail.
    Warn,
    /// What an operator wants to know; the access lines.
    #[default]
    Info,
    /// What a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// Its name in a tracing filter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
