//! The operations listener: health, readiness, metrics.

use serde::Deserialize;
use std::net::SocketAddr;

/// `[operations]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OperationsSettings {
    /// Where it listens, TLS too. Only loopback and private addresses are accepted.
    pub listen: SocketAddr,
}

impl Default for OperationsSettings {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9443)) }
    }
}
