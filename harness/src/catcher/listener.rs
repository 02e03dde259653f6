//! The catcher's listeners: one at each place, for TLS and for clear text.

use super::{Arrival, Desk, ELSEWHERE, INSIDE, Manner, OUTSIDE};
use crate::forge::{ForgeError, authority};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// Larger than any delivery.
const LARGEST: usize = 64 * 1024;
/// The first byte of a TLS handshake (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;
/// How long an endpoint that never answers keeps its connections.
const HANG: Duration = Duration::from_secs(60);
/// How long a caller may stay silent.
const SILENCE: Duration = Duration::from_secs(20);
/// How often a port is tried that must be free everywhere.
const TRIES: usize = 50;

pub(super) fn tls() -> Result<(TlsAcceptor, String), ForgeError> {
    let names = [
        format!("*.{}", super::DOMAIN),
        "localhost".into(),
        OUTSIDE.to_string(),
        ELSEWHERE.to_string(),
        INSIDE.to_string(),
        Ipv6Addr::LOCALHOST.to_string(),
    ];
    let (config, pem) = authority("Brigandine catcher", names.into())?;
    Ok((TlsAcceptor::from(Arc::new(config)), pem))
}

/// Listeners on one port: outside, elsewhere, inside, and inside by IPv6 where there is that.
pub(super) async fn bind() -> Result<(u16, Vec<TcpListener>), ForgeError> {
    let mut failure = None;
    for _ in 0..TRIES {
        let first = TcpListener::bind((OUTSIDE, 0)).await?;
        let port = first.local_addr()?.port();
        let others = [ELSEWHERE, INSIDE].map(|place| TcpListener::bind((place, port)));
        match futures_util::future::try_join_all(others).await {
            Ok(others) => {
                let mut listeners = vec![first];
                listeners.extend(others);
                listeners.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok());
                return Ok((port, listeners));
            }
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(|| std::io::Error::other("no port is free")).into())
}

pub(super) async fn listen(listener: TcpListener, acceptor: TlsAcceptor, desk: Arc<Desk>) {
    let Ok(place) = listener.local_addr() else { return };
    while let Ok((tcp, _)) = listener.accept().await {
        let (acceptor, desk, place) = (acceptor.clone(), desk.clone(), place.ip());
        tokio::spawn(async move { take(tcp, acceptor, desk, place).await });
    }
}

async fn take(tcp: TcpStream, acceptor: TlsAcceptor, desk: Arc<Desk>, place: IpAddr) {
    let mut first = [0];
    let peeked = tokio::time::timeout(SILENCE, tcp.peek(&mut first)).await;
    let silent = |server_name: Option<String>| Arrival {
        place,
        path: String::new(),
        headers: Vec::new(),
        body: String::new(),
        server_name,
    };
    match peeked {
        Ok(Ok(1..)) if first == [HANDSHAKE] => match acceptor.accept(tcp).await {
            Ok(stream) => {
                let name = stream.get_ref().1.server_name().map(str::to_owned);
                serve(stream, &desk, place, name).await;
            }
            // Whoever does not believe the certificate has connected all the same.
            Err(_) => desk.arrivals.add(silent(None)),
        },
        Ok(Ok(1..)) => serve(tcp, &desk, place, None).await,
        _ => desk.arrivals.add(silent(None)),
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    desk: &Arc<Desk>,
    place: IpAddr,
    server_name: Option<String>,
) {
    let service = service_fn(|request| {
        let (desk, server_name) = (desk.clone(), server_name.clone());
        async move { Ok::<_, Infallible>(answer(&desk, place, server_name, request).await) }
    });
    // A client that hangs up is its own business.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    desk: &Desk,
    place: IpAddr,
    server_name: Option<String>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let body = Limited::new(request.into_body(), LARGEST).collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let arrival = Arrival { place, path, headers, body, server_name };
    let manner = desk.manners.of(&arrival.path);
    let response = respond(&manner, &arrival);
    desk.arrivals.add(arrival);
    if matches!(manner, Manner::Hang) {
        // Whoever asked has given up long before.
        tokio::time::sleep(HANG).await;
    }
    response
}

fn respond(manner: &Manner, arrival: &Arrival) -> Response<Full<Bytes>> {
    let (status, header, body) = match manner {
        Manner::Honest => {
            let challenge =
                arrival.json().pointer("/data/challenge").and_then(|it| it.as_str()).map(str::to_owned);
            (204, challenge.map(|it| ("webhook-challenge", it)), String::new())
        }
        Manner::Once => (204, Some(("connection", "close".to_owned())), String::new()),
        Manner::Hang => (204, None, String::new()),
        Manner::Status(status) => (*status, None, String::new()),
        Manner::Parrot => (200, None, arrival.body.clone()),
        Manner::Redirect(status, place) => (*status, Some(("location", place.clone())), String::new()),
        Manner::Claims(text) => (200, Some(("webhook-challenge", text.clone())), String::new()),
        Manner::Document(status, kind, body) => {
            (*status, Some(("content-type", (*kind).to_owned())), body.clone())
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some((name, value)) = header
        && let Ok(value) = value.parse()
    {
        response.headers_mut().insert(name, value);
    }
    response
}
