//! What an operator sees: metrics, health and readiness, on a listener of their own.

mod listener;
pub mod logging;
mod metrics;

#[cfg(feature = "twin")]
pub(crate) use listener::mount as mount_on_public;
pub use listener::operations;
pub use metrics::{ConnectionMetrics, MailMetrics, Metrics, UpstreamMetrics};
