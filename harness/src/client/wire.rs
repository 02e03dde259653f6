//! One attack's way to the service: its addresses, its connections, its counters and its evidence.

use super::{
    Answer, Block, ClientError, Exchange, Peer, Request, handshake,
    raw::{self, Stream},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use tokio::net::TcpSocket;

/// How many exchanges are kept as evidence.
const KEPT: usize = 12;

/// Where the service listens and how it is known.
#[derive(Clone)]
pub struct Target {
    /// The public listener.
    pub public: SocketAddr,
    /// The operations listener.
    pub operations: SocketAddr,
    /// The name in SNI and in `Host`: `api.clinic.test`.
    pub host: String,
    /// The service's own authority in PEM.
    pub authority: Arc<[u8]>,
    /// A client configuration that trusts it.
    pub tls: Arc<ClientConfig>,
}

/// Anything that can start a request: an actor with a token, or anyone without.
pub trait Sends {
    /// A request with any method, known or not.
    fn request(&self, method: &str, target: &str) -> Request;

    /// `GET`
    fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }
    /// `POST`
    fn post(&self, target: &str) -> Request {
        self.request("POST", target)
    }
    /// `PUT`
    fn put(&self, target: &str) -> Request {
        self.request("PUT", target)
    }
    /// `PATCH`
    fn patch(&self, target: &str) -> Request {
        self.request("PATCH", target)
    }
    /// `DELETE`
    fn delete(&self, target: &str) -> Request {
        self.request("DELETE", target)
    }
    /// `OPTIONS`
    fn options(&self, target: &str) -> Request {
        self.request("OPTIONS", target)
    }
    /// `HEAD`
    fn head(&self, target: &str) -> Request {
        self.request("HEAD", target)
    }
}

/// One attack's wire to the service.
pub struct Wire {
    target: Target,
    block: Block,
    idle: Mutex<Vec<Idle>>,
    sent: Mutex<BTreeMap<(String, String), u64>>,
    refused: Mutex<BTreeMap<String, u64>>,
    kept: Mutex<VecDeque<Exchange>>,
    show: Option<fn(&Exchange)>,
}

struct Idle {
    from: Ipv4Addr,
    to: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    peer: Peer,
}

impl Wire {
    /// A wire of its own for one attack; `show` is called with every exchange.
    #[must_use]
    pub fn new(target: Target, block: Block, show: Option<fn(&Exchange)>) -> Arc<Self> {
        Arc::new(Self {
            target,
            block,
            idle: Mutex::default(),
            sent: Mutex::default(),
            refused: Mutex::default(),
            kept: Mutex::default(),
            show,
        })
    }

    /// Where the service is.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The attack's addresses.
    #[must_use]
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// How many requests were sent, by method and path.
    #[must_use]
    pub fn sent(&self) -> BTreeMap<(String, String), u64> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many answers were a problem, by its kind.
    #[must_use]
    pub fn refused(&self) -> BTreeMap<String, u64> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests were sent.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// The last exchanges, oldest first.
    #[must_use]
    pub fn evidence(&self) -> Vec<Exchange> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(super) async fn send(&self, request: &Request) -> Result<Answer, ClientError> {
        self.count(request);
        let outcome = match tokio::time::timeout(request.patience, self.exchange(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ClientError::Timeout(request.patience)),
        };
        if let Some(kind) = outcome.as_ref().ok().and_then(Answer::slug) {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default() += 1;
        }
        self.keep(Exchange::of(request, &self.target, &outcome));
        outcome
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, ClientError> {
        let from = request.from.unwrap_or_else(|| self.block.next());
        let to = if request.to_operations { self.target.operations } else { self.target.public };
        if let Some(bytes) = &request.raw {
            let stream = self.open(from, to, request.plain).await?;
            return raw::exchange(stream, bytes, request.patience).await;
        }
        let message = request.message(&self.target)?;
        // The server may close an idle connection at any moment; only then, before anything was processed, once more.
        for fresh in [false, true] {
            let mut idle = match self.idle_to(from, to).filter(|_| !fresh) {
                Some(idle) => idle,
                None => self.connect(from, to).await?,
            };
            let started = Instant::now();
            match idle.sender.send_request(message.clone()).await {
                Ok(response) => return self.finish(idle, response, started).await,
                Err(error) if !fresh && (error.is_canceled() || error.is_closed()) => {}
                Err(error) => return Err(ClientError::Closed(error.to_string())),
            }
        }
        Err(ClientError::Closed("twice in a row".into()))
    }

    async fn finish(
        &self,
        idle: Idle,
        response: hyper::Response<hyper::body::Incoming>,
        started: Instant,
    ) -> Result<Answer, ClientError> {
        let (parts, body) = response.into_parts();
        let collected = body.collect().await.map_err(|error| ClientError::Closed(error.to_string()))?;
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let answer = Answer {
            status: parts.status.as_u16(),
            headers,
            body: collected.to_bytes().to_vec(),
            rest: Vec::new(),
            elapsed: started.elapsed(),
            peer: idle.peer.clone(),
        };
        if !idle.sender.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
        }
        Ok(answer)
    }

    fn idle_to(&self, from: Ipv4Addr, to: SocketAddr) -> Option<Idle> {
        let mut all = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|idle| !idle.sender.is_closed());
        let at = all.iter().position(|idle| idle.from == from && idle.to == to && idle.sender.is_ready())?;
        Some(all.swap_remove(at))
    }

    async fn connect(&self, from: Ipv4Addr, to: SocketAddr) -> Result<Idle, ClientError> {
        let (stream, peer) =
            handshake::over(self.tcp(from, to).await?, &self.target, self.target.tls.clone()).await?;
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(1024 * 1024)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| ClientError::Closed(error.to_string()))?;
        tokio::spawn(connection);
        Ok(Idle { from, to, sender, peer })
    }

    /// A TCP connection from one of the attack's addresses.
    pub(super) async fn tcp(
        &self,
        from: Ipv4Addr,
        to: SocketAddr,
    ) -> Result<tokio::net::TcpStream, ClientError> {
        let lost = |error: std::io::Error| ClientError::Connect(error.to_string());
        let socket = TcpSocket::new_v4().map_err(lost)?;
        socket.bind(SocketAddr::new(IpAddr::V4(from), 0)).map_err(lost)?;
        let stream = socket.connect(to).await.map_err(lost)?;
        stream.set_nodelay(true).map_err(lost)?;
        Ok(stream)
    }

    pub(super) async fn open(
        &self,
        from: Ipv4Addr,
        to: SocketAddr,
        plain: bool,
    ) -> Result<Stream, ClientError> {
        let tcp = self.tcp(from, to).await?;
        if plain {
            return Ok(Stream { io: Box::new(tcp), peer: Peer::default() });
        }
        let (stream, peer) = handshake::over(tcp, &self.target, self.target.tls.clone()).await?;
        Ok(Stream { io: Box::new(stream), peer })
    }

    /// A TLS connection with small segments and a small window: little of what is sent to it fits into the buffers of both
    /// sides. On loopback they would else take megabytes.
    pub(super) async fn open_narrow(&self, from: Ipv4Addr, to: SocketAddr) -> Result<Stream, ClientError> {
        const SEGMENT: u32 = 536;
        const WINDOW: u32 = 4096;
        let lost = |error: std::io::Error| ClientError::Connect(error.to_string());
        let socket = TcpSocket::new_v4().map_err(lost)?;
        socket.bind(SocketAddr::new(IpAddr::V4(from), 0)).map_err(lost)?;
        socket.set_recv_buffer_size(WINDOW).map_err(lost)?;
        socket2::SockRef::from(&socket).set_tcp_mss(SEGMENT).map_err(lost)?;
        let tcp = socket.connect(to).await.map_err(lost)?;
        let (stream, peer) = handshake::over(tcp, &self.target, self.target.tls.clone()).await?;
        Ok(Stream { io: Box::new(stream), peer })
    }

    /// The name checked in the service's certificate.
    pub(super) fn server_name(target: &Target) -> Result<ServerName<'static>, ClientError> {
        ServerName::try_from(target.host.clone())
            .map_err(|error| ClientError::Inexpressible(error.to_string()))
    }

    fn count(&self, request: &Request) {
        let key = request.line();
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        *sent.entry(key).or_default() += 1;
    }

    fn keep(&self, exchange: Exchange) {
        if let Some(show) = self.show {
            show(&exchange);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(exchange);
    }
}
