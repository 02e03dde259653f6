//! TLS handshakes: the honest one, and probes that offer less.

use super::{ClientError, Peer, TlsError, Wire, tls, wire::Target};
use rustls::{
    ClientConfig,
    crypto::{CryptoProvider, aws_lc_rs},
};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How a probe ended.
#[derive(Clone, Debug)]
pub enum Handshake {
    /// A session stands.
    Done(Peer),
    /// The server (or the client's own verification) ended it; rustls' words, the alert's name among them.
    Refused(String),
}

/// A handshake with chosen parameters.
pub struct Probe {
    wire: Arc<Wire>,
    provider: CryptoProvider,
    config: Option<Arc<ClientConfig>>,
}

impl Probe {
    pub(crate) fn new(wire: Arc<Wire>) -> Self {
        Self { wire, provider: aws_lc_rs::default_provider(), config: None }
    }

    /// Offers only the key-exchange groups whose rustls name (`X25519`, `secp256r1`, `X25519MLKEM768`) is listed.
    #[must_use]
    pub fn groups(mut self, names: &[&str]) -> Self {
        self.provider.kx_groups = aws_lc_rs::ALL_KX_GROUPS
            .iter()
            .copied()
            .filter(|group| names.contains(&format!("{:?}", group.name()).as_str()))
            .collect();
        self
    }

    /// Uses a configuration of the attack's own making, as it is.
    #[must_use]
    pub fn config(mut self, config: Arc<ClientConfig>) -> Self {
        self.config = Some(config);
        self
    }

    /// Shakes hands with the public listener and hangs up.
    ///
    /// # Errors
    /// When there was no TCP connection, or the parameters make no configuration.
    pub async fn shake(self) -> Result<Handshake, ClientError> {
        let target = self.wire.target().clone();
        let config = match self.config {
            Some(config) => config,
            None => tls::with_provider(&target.authority, self.provider)
                .map_err(|error: TlsError| ClientError::Inexpressible(error.to_string()))?,
        };
        let tcp = self.wire.tcp(self.wire.block().next(), target.public).await?;
        match over(tcp, &target, config).await {
            Ok((_, peer)) => Ok(Handshake::Done(peer)),
            Err(ClientError::Tls(why)) => Ok(Handshake::Refused(why)),
            Err(other) => Err(other),
        }
    }
}

pub(super) async fn over(
    tcp: TcpStream,
    target: &Target,
    config: Arc<ClientConfig>,
) -> Result<(TlsStream<TcpStream>, Peer), ClientError> {
    let name = Wire::server_name(target)?;
    let stream = TlsConnector::from(config)
        .connect(name, tcp)
        .await
        .map_err(|error| ClientError::Tls(error.to_string()))?;
    let (_, session) = stream.get_ref();
    let peer = Peer {
        version: session.protocol_version().map(|v| format!("{v:?}")).unwrap_or_default(),
        group: session.negotiated_key_exchange_group().map(|g| format!("{:?}", g.name())).unwrap_or_default(),
        suite: session.negotiated_cipher_suite().map(|s| format!("{:?}", s.suite())).unwrap_or_default(),
        protocol: session
            .alpn_protocol()
            .map(|it| String::from_utf8_lossy(it).into_owned())
            .unwrap_or_default(),
        certificates: session.peer_certificates().unwrap_or_default().iter().map(|c| c.to_vec()).collect(),
    };
    Ok((stream, peer))
}
