//! Where names lead. A name is looked up once for each connection, and the connection goes to one of the addresses that
//! were judged: a name can't change its mind in between (DNS rebinding).

use super::address::Reach;
use crate::{protection::SSRF_DNS_REBINDING, settings::SettingsError};
use brigandine_enforce::enforces;
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use url::Url;

/// How long a question may take, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(1);
const TRIES: usize = 2;

/// One of the addresses is inside. All of them are refused: whoever writes an inner address beside an outer one means it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the name leads inside")]
pub struct Inside;

type Refusal = Box<dyn Error + Send + Sync>;

/// Who is asked.
#[derive(Clone)]
pub enum Names {
    /// The system's resolver.
    System,
    /// One server, without a cache and without a file of hosts.
    Server(Box<TokioResolver>),
}

impl Names {
    /// The server at this address, or the system's resolver.
    ///
    /// # Errors
    /// When the resolver can't be made.
    pub fn of(server: Option<SocketAddr>) -> Result<Self, SettingsError> {
        let Some(server) = server else { return Ok(Self::System) };
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = server.port();
            connection
        });
        let server = NameServerConfig::new(server.ip(), true, connections.into());
        let config = ResolverConfig::from_name_servers(vec![server]);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.timeout = PATIENCE;
        options.attempts = TRIES;
        let resolver = builder
            .build()
            .map_err(|error| SettingsError::new("egress.resolver", format!("can't be used: {error}")))?;
        Ok(Self::Server(Box::new(resolver)))
    }

    async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Refusal> {
        Ok(match self {
            Self::System => tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect(),
            // With a dot at its end, the name is not tried below any other.
            Self::Server(resolver) => resolver.lookup_ip(format!("{name}.")).await?.iter().collect(),
        })
    }
}

/// Looks names up for a client, and refuses those that lead inside.
#[derive(Clone)]
pub struct Guard {
    reach: Reach,
    names: Names,
    /// The operator's own proxy stands inside.
    proxy: Option<Arc<str>>,
}

impl Guard {
    /// A guard that lets calls end where `reach` says.
    #[must_use]
    pub const fn new(reach: Reach, names: Names) -> Self {
        Self { reach, names, proxy: None }
    }

    /// Lets the client reach its proxy, wherever that is.
    #[must_use]
    pub fn but_for(self, proxy: Option<&Url>) -> Self {
        Self { proxy: proxy.and_then(Url::domain).map(Into::into), ..self }
    }

    /// Every address of a name.
    ///
    /// # Errors
    /// [`Inside`] when any of them is inside; whatever kept the name from being looked up.
    pub async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Refusal> {
        let found = self.names.look_up(name).await?;
        self.check_addresses(&found)?;
        Ok(found)
    }

    /// Every address that a name has at this moment is outside: what it was when somebody wrote it down counts for nothing
    /// (DNS rebinding, CWE-350).
    #[enforces(SSRF_DNS_REBINDING)]
    fn check_addresses(&self, found: &[IpAddr]) -> Result<(), Inside> {
        if found.iter().all(|address| self.reach.holds(*address)) { Ok(()) } else { Err(Inside) }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = if guard.proxy.as_deref() == Some(name.as_str()) {
                Names::System.look_up(name.as_str()).await?
            } else {
                guard.look_up(name.as_str()).await?
            };
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, Names, Reach};

    fn guard(networks: &[&str]) -> Guard {
        let networks: Vec<_> = networks.iter().map(|network| network.parse().unwrap()).collect();
        Guard::new(Reach::internet_and(&networks), Names::System)
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_leads_nowhere() {
        assert!(guard(&[]).look_up("localhost").await.is_err());
        assert!(guard(&["127.0.0.0/8", "::1/128"]).look_up("localhost").await.is_ok());
    }
}
