//! The catcher: whoever the service calls, as an attacker has it out of band, so that "no call came" is observed and not
//! assumed.
//!
//! On one port it listens where the service may call ([`OUTSIDE`], [`ELSEWHERE`]) and where it must not ([`INSIDE`] and `::1`: the
//! house's own services). It takes TLS and clear text alike and writes down whatever arrives. Each [`Token`] is a name and
//! a path that nobody else uses; a DNS server of its own ([`names`]) says where the names lead, differently each time if
//! the attack wants. [`Proxy`] is an operator's forward proxy.

mod arrivals;
mod listener;
mod mail_server;
mod manner;
mod names;
mod proxy;

pub use arrivals::Arrival;
pub use mail_server::MailServer;
pub use manner::Manner;
pub use names::Script;
pub use proxy::Proxy;

use crate::{forge::ForgeError, patience::Patience};
use arrivals::Arrivals;
use manner::Manners;
use names::Names;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The network that the service is told to take for the internet.
pub const NETWORK: &str = "127.0.77.0/24";
/// A host of the internet.
pub const OUTSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 77, 1);
/// Another one.
pub const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 77, 2);
/// A host of the internet where nothing listens.
pub const NOBODY: Ipv4Addr = Ipv4Addr::new(127, 0, 77, 9);
/// The house itself.
pub const INSIDE: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// The domain of all names.
pub const DOMAIN: &str = "hooks.clinic.test";

/// A name and a path of one attack's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    /// The name, which leads [`OUTSIDE`] unless it was told otherwise.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{DOMAIN}", self.0)
    }

    /// The part of a path by which its arrivals are known.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0
    }
}

/// What the listeners share.
struct Desk {
    arrivals: Arrivals,
    manners: Manners,
}

/// A running catcher.
pub struct Catcher {
    port: u16,
    authority_pem: String,
    desk: Arc<Desk>,
    names: Arc<Names>,
    resolver: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl Catcher {
    /// Starts it on a port that is free everywhere.
    ///
    /// # Errors
    /// When it can't listen or make its certificate.
    pub async fn start() -> Result<Self, ForgeError> {
        let (acceptor, authority_pem) = listener::tls()?;
        let desk = Arc::new(Desk { arrivals: Arrivals::default(), manners: Manners::default() });
        let (port, listeners) = listener::bind().await?;
        let mut tasks: Vec<JoinHandle<()>> = listeners
            .into_iter()
            .map(|listener| tokio::spawn(listener::listen(listener, acceptor.clone(), desk.clone())))
            .collect();
        let names = Arc::new(Names::default());
        let (resolver, task) = names::serve(names.clone()).await?;
        tasks.push(task);
        Ok(Self { port, authority_pem, desk, names, resolver, tasks })
    }

    /// The one port of all its listeners.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its authority in PEM, for the service's settings.
    #[must_use]
    pub fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// Its DNS server, for the service's settings.
    #[must_use]
    pub const fn resolver(&self) -> SocketAddr {
        self.resolver
    }

    /// A new token.
    #[must_use]
    pub fn token(&self) -> Token {
        Token(Uuid::new_v4().simple().to_string())
    }

    /// `https://NAME:PORT/TOKEN`
    #[must_use]
    pub fn url(&self, token: &Token) -> String {
        self.url_at(&token.name(), token)
    }

    /// The same path at another host, which may be anything.
    #[must_use]
    pub fn url_at(&self, host: &str, token: &Token) -> String {
        format!("https://{host}:{}/{}", self.port, token.0)
    }

    /// Says where a token's name leads from now on.
    pub fn lead(&self, token: &Token, script: Script) {
        self.names.lead(&token.name(), script);
    }

    /// Says how requests with this token are answered from now on.
    pub fn behave(&self, token: &Token, manner: Manner) {
        self.desk.manners.set(token.path(), manner);
    }

    /// What arrived with this token, wherever.
    #[must_use]
    pub fn arrivals(&self, token: &Token) -> Vec<Arrival> {
        self.desk.arrivals.of(token.path())
    }

    /// What arrived with this token at this place.
    #[must_use]
    pub fn arrivals_at(&self, place: impl Into<IpAddr>, token: &Token) -> Vec<Arrival> {
        let place = place.into();
        self.arrivals(token).into_iter().filter(|arrival| arrival.place == place).collect()
    }

    /// Whether anything reached the house with this token, or a connection came there that said nothing of itself.
    #[must_use]
    pub fn reached_inside(&self, token: &Token) -> bool {
        self.arrivals(token).iter().any(|arrival| !is_outside(arrival.place))
            || self.desk.arrivals.strays() > 0
    }

    /// Waits until there are as many arrivals with this token outside.
    pub async fn wait_for(&self, token: &Token, count: usize) -> Option<Arrival> {
        let mut patience = Patience::new();
        while patience.lasts().await {
            let outside: Vec<Arrival> =
                self.arrivals(token).into_iter().filter(|arrival| is_outside(arrival.place)).collect();
            if outside.len() >= count {
                return outside.into_iter().last();
            }
        }
        None
    }
}

fn is_outside(place: IpAddr) -> bool {
    matches!(place, IpAddr::V4(address) if address.octets().starts_with(&[127, 0, 77]))
}

impl Drop for Catcher {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
