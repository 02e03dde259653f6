//! TLS sessions with parameters of the attack's own choice.

use super::{Scene, prelude::AttackError};
use rustls::{
    ClientConfig, HandshakeKind, RootCertStore,
    crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const PATIENCE: Duration = Duration::from_secs(3);

/// A client that trusts the service's authority and offers these groups in this order; the default ones if none.
pub(super) fn config(
    scene: &Scene,
    groups: &[&'static dyn SupportedKxGroup],
) -> Result<ClientConfig, AttackError> {
    let odd = |error: &dyn std::fmt::Display| AttackError::Setup(error.to_string());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&scene.wire().target().authority) {
        roots.add(certificate.map_err(|error| odd(&error))?).map_err(|error| odd(&error))?;
    }
    let mut provider: CryptoProvider = aws_lc_rs::default_provider();
    if !groups.is_empty() {
        provider.kx_groups = groups.to_vec();
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| odd(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A TCP connection from an address of the attack's own.
pub(super) async fn tcp(scene: &Scene, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(scene.fresh_address()), 0))?;
    socket.connect(to).await
}

/// Shakes hands with whatever listens there, asking for this name.
pub(super) async fn connect(
    scene: &Scene,
    config: ClientConfig,
    to: SocketAddr,
    name: &str,
) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, tcp(scene, to).await?).await
}

/// Writes a request and reads until the other side closes, or patience ends.
pub(super) async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), request: &[u8]) -> String {
    let mut answer = Vec::new();
    if stream.write_all(request).await.is_ok() && stream.flush().await.is_ok() {
        // Half an answer is still worth judging.
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// What a resumed session was, and every byte its client sent.
pub(super) struct Flight {
    pub(super) resumed: bool,
    /// How many bytes of 0-RTT the ticket allows.
    pub(super) early_data: usize,
    /// Whether the server took them.
    pub(super) accepted: bool,
    pub(super) answer: String,
    pub(super) recorded: Vec<u8>,
}

/// Sends the request on a resumed session, as 0-RTT where the ticket allows it.
pub(super) async fn resumed(scene: &Scene, request: &[u8]) -> Result<Flight, AttackError> {
    let target = scene.wire().target();
    let mut config = config(scene, &[])?;
    config.enable_early_data = true;
    let mut first = connect(scene, config.clone(), target.public, &target.host).await?;
    let hello = format!("GET /nothing HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", target.host);
    ask(&mut first, hello.as_bytes()).await;

    let name = ServerName::try_from(target.host.clone()).map_err(io::Error::other)?;
    let recorder = Recorder { tcp: tcp(scene, target.public).await?, sent: Arc::default() };
    let sent = recorder.sent.clone();
    let mut early_data = 0;
    let connecting = TlsConnector::from(Arc::new(config)).connect_with(name, recorder, |session| {
        if let Some(mut early) = session.early_data() {
            early_data = early.bytes_left();
            // More than the ticket allows is refused by rustls; the attack reads what was allowed.
            let _ = early.write_all(request);
        }
    });
    let mut stream = connecting.await?;
    let (_, session) = stream.get_ref();
    let (accepted, kind) = (session.is_early_data_accepted(), session.handshake_kind());
    let answer = if accepted { String::new() } else { ask(&mut stream, request).await };
    let recorded = sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Flight { resumed: kind == Some(HandshakeKind::Resumed), early_data, accepted, answer, recorded })
}

/// Sends recorded bytes again, as somebody on the path can.
pub(super) async fn replay(scene: &Scene, recorded: &[u8]) -> Result<(), AttackError> {
    let mut stream = tcp(scene, scene.wire().target().public).await?;
    ask(&mut stream, recorded).await;
    Ok(())
}

/// A connection that remembers what was written to it.
struct Recorder {
    tcp: TcpStream,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Recorder {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, to)
    }
}

impl AsyncWrite for Recorder {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = written {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            sent.extend_from_slice(bytes.get(..count).unwrap_or_default());
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
