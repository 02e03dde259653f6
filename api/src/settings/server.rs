//! The public listener.

use ipnet::IpNet;
use serde::Deserialize;
use std::{net::SocketAddr, num::NonZeroUsize};
use url::Url;

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSettings {
    /// Where the API listens, TLS only. Port 0 takes a free one, which the log names.
    pub listen: SocketAddr,
    /// The address clients use: absolute links and problem types start with it, its authority is an allowed `Host`,
    /// and it is the audience that tokens must name unless an issuer says otherwise.
    pub base_url: Url,
    /// Further authorities allowed as `Host`.
    pub hosts: Vec<String>,
    /// Threads that serve requests.
    pub workers: usize,
    /// Networks of proxies whose `X-Forwarded-For` is believed, read from the right.
    pub trusted_proxies: Vec<IpNet>,
    /// Connections at once, all together. While three quarters of them are taken, answers close their connection.
    pub connections: NonZeroUsize,
    /// …and from one peer: an IPv4 address or an IPv6 /64. Trusted proxies have no bound of their own.
    pub connections_per_peer: NonZeroUsize,
}

/// More serving threads than any machine makes use of.
pub(super) const MAX_WORKERS: usize = 64;
/// As many as the memory of a small machine carries: an idle one takes some 50 KiB.
const CONNECTIONS: usize = 2000;
const CONNECTIONS_PER_PEER: usize = 100;

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            #[expect(clippy::expect_used, reason = "a constant, parsed by a test")]
            base_url: Url::parse("https://localhost:8443").expect("a URL"),
            hosts: Vec::new(),
            workers: std::thread::available_parallelism().map_or(2, usize::from).min(MAX_WORKERS),
            trusted_proxies: Vec::new(),
            connections: NonZeroUsize::new(CONNECTIONS).unwrap_or(NonZeroUsize::MIN),
            connections_per_peer: NonZeroUsize::new(CONNECTIONS_PER_PEER).unwrap_or(NonZeroUsize::MIN),
        }
    }
}

impl ServerSettings {
    /// The audience and identifier of this API: the base URL without a trailing slash.
    #[must_use]
    pub fn identifier(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }

    /// Every authority that may stand in `Host`.
    #[must_use]
    pub fn authorities(&self) -> Vec<String> {
        let mut authorities = self.hosts.clone();
        if let Some(host) = self.base_url.host_str() {
            match self.base_url.port() {
                Some(port) => authorities.push(format!("{host}:{port}")),
                None => authorities.extend([host.to_owned(), format!("{host}:443")]),
            }
        }
        authorities
    }
}
