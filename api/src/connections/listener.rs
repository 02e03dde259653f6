//! A listener: accepted sockets in, requests out.

use super::{
    admission::{Admission, Place},
    guarded::Guarded,
    paced::Paced,
};
use crate::protection::{LIMIT_SLOW_CLIENT, TLS_MODERN, TLS_ONLY};
use actix_http::{HttpService, Protocol, Request, Response, body::MessageBody, error::DispatchError};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{Error, dev::AppConfig, http::StatusCode};
use brigandine_enforce::enforces;
use std::{
    cell::Cell,
    fmt, io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Times of catalogue P6.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long the peer may take to close its side after the last answer.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);
/// How long open requests may take to finish after SIGTERM.
const FAREWELL_SECONDS: u64 = 10;
/// Answers that one connection carries; a client that wants more opens another, and a balancer can move it.
const ANSWERS: u32 = 1000;

/// Sockets that share their workers.
pub struct Listener {
    pub(crate) builder: ServerBuilder,
    pub(crate) admission: Admission,
}

impl Listener {
    /// A listener with so many threads.
    #[must_use]
    pub fn new(workers: usize, admission: Admission) -> Self {
        let builder =
            Server::build().workers(workers.max(1)).shutdown_timeout(FAREWELL_SECONDS).disable_signals();
        Self { builder, admission }
    }

    /// Serves an application over TLS; answers where.
    ///
    /// # Errors
    /// When the address can't be listened at.
    pub fn over_tls<F, I, S, B>(
        mut self,
        address: SocketAddr,
        tls: rustls::ServerConfig,
        application: F,
    ) -> io::Result<(Self, SocketAddr)>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<Error>,
        S::InitError: fmt::Debug,
        S::Response: Into<Response<B>> + 'static,
        B: MessageBody + 'static,
    {
        let listener = TcpListener::bind(address)?;
        let bound = listener.local_addr()?;
        let (acceptor, admission) = (TlsAcceptor::from(Arc::new(tls)), self.admission.clone());
        let ending = self.builder.graceful_shutdown_signal();
        self.builder = self.builder.listen(bound.to_string(), listener, move || {
            let (acceptor, admission) = (acceptor.clone(), admission.clone());
            fn_service(move |socket: TcpStream| {
                let (acceptor, admission) = (acceptor.clone(), admission.clone());
                async move {
                    let (peer, place) = admitted(&socket, &admission)?;
                    let stream = tokio::time::timeout(handshake_within(), only_tls(&acceptor, socket))
                        .await
                        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                    Ok::<_, DispatchError>((Guarded::new(stream, place), Protocol::Http1, Some(peer)))
                }
            })
            .and_then(http(application(), ending.clone()))
        })?;
        Ok((self, bound))
    }

    /// Serves the application nowhere but where TLS is spoken: another port in clear would be found, and used (CWE-319;
    /// ASVS 12.2.1).
    ///
    /// # Errors
    /// Never.
    #[enforces(TLS_ONLY, otherwise = crate::vulnerable::connections::also_in_clear)]
    pub fn not_in_clear<F, I, S, B>(self, _application: F) -> io::Result<Self>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<Error>,
        S::InitError: fmt::Debug,
        S::Response: Into<Response<B>> + 'static,
        B: MessageBody + 'static,
    {
        Ok(self)
    }

    /// Begins to serve.
    pub fn run(self) -> Server {
        self.builder.run()
    }
}

/// A socket's peer, and its place.
pub(crate) fn admitted(socket: &TcpStream, admission: &Admission) -> io::Result<(SocketAddr, Place)> {
    let peer = socket.peer_addr()?;
    let place = admission.admit(peer.ip()).ok_or(io::ErrorKind::ConnectionRefused)?;
    socket.set_nodelay(true)?;
    Ok((peer, place))
}

/// The port speaks TLS and nothing else. Whoever asks in clear is not answered, not even with a redirect: that would keep the
/// mistake alive by which tokens travel in clear (CWE-319; ASVS 12.2.1).
#[enforces(TLS_ONLY, otherwise = crate::vulnerable::connections::redirect_what_is_in_clear)]
async fn only_tls(acceptor: &TlsAcceptor, socket: TcpStream) -> io::Result<TlsStream<Paced<TcpStream>>> {
    only_modern_tls(acceptor, socket).await
}

/// Nothing is agreed to that `rustls` would not agree to: neither an older version than it speaks, nor compression, nor a
/// cipher suite that can be broken (RFC 9325 §3, §4; ASVS 12.1.1, 12.1.2).
#[enforces(TLS_MODERN, otherwise = crate::vulnerable::connections::agree_to_everything)]
pub(crate) async fn only_modern_tls(
    acceptor: &TlsAcceptor,
    socket: TcpStream,
) -> io::Result<TlsStream<Paced<TcpStream>>> {
    acceptor.accept(Paced::new(socket)).await
}

/// How long the TLS handshake may take: a peer that never ends it keeps a place for nothing (CWE-400).
#[enforces(LIMIT_SLOW_CLIENT, answers = Duration::MAX)]
fn handshake_within() -> Duration {
    HANDSHAKE_WITHIN
}

/// How long the header section may take; actix takes zero for "for ever", which is what Slowloris asks for (CWE-400).
#[enforces(LIMIT_SLOW_CLIENT, answers = Duration::ZERO)]
fn headers_within() -> Duration {
    HEADERS_WITHIN
}

/// actix-http over guarded streams.
pub(crate) fn http<T, I, S, B>(
    application: I,
    ending: actix_server::GracefulShutdownSignal,
) -> impl ServiceFactory<
    (Guarded<T>, Protocol, Option<SocketAddr>),
    Config = (),
    Response = (),
    Error = DispatchError,
    InitError = (),
>
where
    T: AsyncRead + AsyncWrite + Named + Unpin + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    B: MessageBody + 'static,
{
    let application = application.into_factory().map_err(|error| {
        let error: Error = error.into();
        error.error_response()
    });
    HttpService::build()
        .graceful_shutdown_signal(move || {
            let ending = ending.clone();
            async move { ending.notified().await }
        })
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(headers_within())
        .client_disconnect_timeout(GOODBYE_WITHIN)
        .on_connect_ext(|stream: &Guarded<T>, data| {
            data.insert(Rc::new(Connection {
                server_name: stream.stream().server_name(),
                place: Arc::clone(stream.place()),
                answers: Cell::new(0),
            }));
        })
        .finish(map_config(application, |()| AppConfig::default()))
}

/// Streams whose peer named the server that it wants.
pub(crate) trait Named {
    fn server_name(&self) -> Option<String>;
}

impl Named for TlsStream<Paced<TcpStream>> {
    fn server_name(&self) -> Option<String> {
        self.get_ref().1.server_name().map(str::to_owned)
    }
}

/// What a request knows of its connection.
#[derive(Debug)]
pub struct Connection {
    server_name: Option<String>,
    place: Arc<Place>,
    answers: Cell<u32>,
}

impl Connection {
    /// The name that the client asked for in the TLS handshake.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// Counts an answer; `true` when it is to be the connection's last: after so many, while places are scarce, and when
    /// one of a peer's many connections is told to come back later. So nobody keeps connections alive by refusals; an
    /// honest client, who holds a few, keeps them.
    #[must_use]
    pub fn ends_with(&self, status: StatusCode) -> bool {
        self.answers.set(self.answers.get().saturating_add(1));
        self.is_used_up(status)
    }

    /// Whether others need the place more.
    #[enforces(LIMIT_SLOW_CLIENT, answers = false)]
    fn is_used_up(&self, status: StatusCode) -> bool {
        self.answers.get() >= ANSWERS
            || self.place.is_scarce()
            || (status == StatusCode::TOO_MANY_REQUESTS && self.place.is_one_of_many())
    }
}
