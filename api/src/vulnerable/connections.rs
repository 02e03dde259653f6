//! Weak: what is spoken on the sockets.
//!
//! rustls has no TLS before 1.2 and no old suite, so what agrees to them reads the first bytes of a connection before rustls
//! does, and ends after its `ServerHello`: what the attack reads is that it was given.

use crate::connections::{
    Guarded, Listener,
    listener::{Named, admitted, http, only_modern_tls},
    paced::Paced,
};
use actix_http::{Protocol, Request, Response, body::MessageBody, error::DispatchError};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service};
use actix_web::{Error, dev::AppConfig};
use std::{fmt, io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

type Encrypted = TlsStream<Paced<TcpStream>>;

const HANDSHAKE: u8 = 0x16;
const SUPPORTED_VERSIONS: u16 = 0x002b;
/// What rustls itself speaks in TLS 1.2: ECDHE with AEAD.
const MODERN_SUITES: [u16; 6] = [0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9];

/// A forgotten second listener serves the whole API in clear.
pub(crate) fn also_in_clear<F, I, S, B>(mut listener: Listener, application: F) -> io::Result<Listener>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    B: MessageBody + 'static,
{
    let admission = listener.admission.clone();
    let ending = listener.builder.graceful_shutdown_signal();
    let socket = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    listener.builder = listener.builder.listen("in clear", socket, move || {
        let admission = admission.clone();
        fn_service(move |socket: TcpStream| {
            let admission = admission.clone();
            async move {
                let (peer, place) = admitted(&socket, &admission)?;
                Ok::<_, DispatchError>((Guarded::new(Paced::new(socket), place), Protocol::Http1, Some(peer)))
            }
        })
        .and_then(http(application(), ending.clone()))
    })?;
    Ok(listener)
}

impl Named for Paced<TcpStream> {
    fn server_name(&self) -> Option<String> {
        None
    }
}

/// Whoever speaks HTTP in clear is told where TLS is spoken.
pub(crate) async fn redirect_what_is_in_clear(
    acceptor: &TlsAcceptor,
    socket: TcpStream,
) -> io::Result<Encrypted> {
    let first = first_bytes(&socket).await?;
    if first.first() == Some(&HANDSHAKE) {
        return only_modern_tls(acceptor, socket).await;
    }
    let line = String::from_utf8_lossy(&first).lines().next().unwrap_or_default().to_owned();
    let target = line.split(' ').nth(1).unwrap_or("/").to_owned();
    let redirect = format!(
        "HTTP/1.1 308 Permanent Redirect\r\nLocation: https://localhost{target}\r\nContent-Length: 0\r\n\r\n"
    );
    answer(socket, &first, redirect.as_bytes()).await
}

/// Takes whatever an old client offers.
pub(crate) async fn agree_to_everything(acceptor: &TlsAcceptor, socket: TcpStream) -> io::Result<Encrypted> {
    let first = first_bytes(&socket).await?;
    match agree(&first).filter(|_| first.first() == Some(&HANDSHAKE)) {
        Some(hello) => answer(socket, &first, &hello).await,
        None => acceptor.accept(Paced::new(socket)).await,
    }
}

/// Answers what was looked at, and ends the connection.
async fn answer(mut socket: TcpStream, seen: &[u8], bytes: &[u8]) -> io::Result<Encrypted> {
    // A socket that is closed with something unread in it may take its answer back.
    socket.read_exact(&mut vec![0; seen.len()]).await?;
    socket.write_all(bytes).await?;
    socket.shutdown().await?;
    Err(io::ErrorKind::ConnectionAborted.into())
}

/// The first TLS record, or whatever came of something else; nothing is taken from the stream.
async fn first_bytes(client: &TcpStream) -> io::Result<Vec<u8>> {
    let mut seen = vec![0; 16 * 1024];
    let mut read = 0;
    for _ in 0..200 {
        read = client.peek(&mut seen).await?;
        let whole = match seen.get(..read).unwrap_or_default() {
            [HANDSHAKE, _, _, high, low, rest @ ..] => {
                rest.len() >= usize::from(u16::from_be_bytes([*high, *low]))
            }
            [HANDSHAKE, ..] => false,
            _ => true,
        };
        if whole {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    seen.truncate(read);
    Ok(seen)
}

/// A `ServerHello` for clients that offer nothing rustls would take; `None` leaves the others to rustls.
fn agree(record: &[u8]) -> Option<Vec<u8>> {
    // record header 5, handshake header 4, version 2, random 32
    let version = number(record.get(9..11)?)?;
    let (_session, rest) = vector8(record.get(43..)?)?;
    let (suites, rest) = rest
        .split_at_checked(2)
        .and_then(|(length, rest)| rest.split_at_checked(usize::from(number(length)?)))?;
    let (compressions, extensions) = vector8(rest)?;
    let suites: Vec<u16> = suites.chunks_exact(2).filter_map(number).collect();
    let compression = if compressions.contains(&0) { 0 } else { *compressions.first()? };
    let is_modern = has_extension(extensions, SUPPORTED_VERSIONS)
        || (version >= 0x0303 && suites.iter().any(|suite| MODERN_SUITES.contains(suite)));
    if is_modern && compression == 0 {
        return None;
    }
    let version = version.min(0x0303).to_be_bytes();
    let mut hello = vec![HANDSHAKE, version[0], version[1], 0, 42, 2, 0, 0, 38, version[0], version[1]];
    hello.extend([0x2a; 32]);
    hello.push(0);
    hello.extend(suites.first()?.to_be_bytes());
    hello.push(compression);
    Some(hello)
}

fn number(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

fn vector8(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

fn has_extension(bytes: &[u8], wanted: u16) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [kind_high, kind_low, high, low, tail @ ..] = rest {
        if u16::from_be_bytes([*kind_high, *kind_low]) == wanted {
            return true;
        }
        rest = tail.get(usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default();
    }
    false
}
