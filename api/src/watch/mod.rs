//! What an operator sees: metrics, health and readiness, on a listener of their own.

pub(crate) mod listener;
pub mod logging;
mod metrics;

pub use listener::operations;
pub use metrics::{ConnectionMetrics, MailMetrics, Metrics, UpstreamMetrics};
