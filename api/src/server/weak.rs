//! The twin's public port, where its TLS is too old or too polite: a front that reads the first bytes of a connection.
//!
//! Without `tls-only` it redirects whoever speaks HTTP in clear, and a forgotten second listener serves the whole API
//! without TLS. Without `tls-modern` it agrees to whatever an old client offers. rustls has no TLS before 1.2 and no
//! old suite, so that agreement ends after the `ServerHello`: what the attack reads is that it was given.

use crate::{
    connections::Listener,
    protection::{TLS_MODERN, TLS_ONLY},
};
use actix_http::{Request, Response, body::MessageBody};
use actix_service::{IntoServiceFactory, ServiceFactory};
use actix_web::{Error, dev::AppConfig};
use std::{fmt::Debug, io, net::SocketAddr, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpSocket, TcpStream},
};

const HANDSHAKE: u8 = 0x16;
const SUPPORTED_VERSIONS: u16 = 0x002b;
/// What rustls itself speaks in TLS 1.2: ECDHE with AEAD.
const MODERN_SUITES: [u16; 6] = [0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9];

fn is_needed() -> bool {
    !(TLS_ONLY.holds() && TLS_MODERN.holds())
}

/// Serves the API in clear beside, where a twin does.
pub(super) fn also_in_clear<F, I, S, B>(listener: Listener, application: F) -> io::Result<Listener>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error>,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    B: MessageBody + 'static,
{
    if TLS_ONLY.holds() {
        return Ok(listener);
    }
    listener.in_clear(SocketAddr::from(([127, 0, 0, 1], 0)), application)
}

/// Where the TLS listener goes: out of the front's way.
pub(super) fn behind(wanted: SocketAddr) -> SocketAddr {
    if is_needed() { SocketAddr::from(([127, 0, 0, 1], 0)) } else { wanted }
}

/// Puts the front where clients look; answers where that is.
pub(super) fn stand_before(wanted: SocketAddr, behind: SocketAddr) -> io::Result<SocketAddr> {
    if !is_needed() {
        return Ok(behind);
    }
    let listener = std::net::TcpListener::bind(wanted)?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let bound = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, peer)) = listener.accept().await {
            tokio::spawn(receive(client, peer, behind));
        }
    });
    Ok(bound)
}

async fn receive(mut client: TcpStream, peer: SocketAddr, behind: SocketAddr) -> io::Result<()> {
    let first = first_bytes(&client).await?;
    let is_tls = first.first() == Some(&HANDSHAKE);
    if !is_tls && !TLS_ONLY.holds() {
        let line = String::from_utf8_lossy(&first).lines().next().unwrap_or_default().to_owned();
        let target = line.split(' ').nth(1).unwrap_or("/").to_owned();
        let redirect = format!(
            "HTTP/1.1 308 Permanent Redirect\r\nLocation: https://localhost{target}\r\nContent-Length: 0\r\n\r\n"
        );
        client.write_all(redirect.as_bytes()).await?;
        return client.shutdown().await;
    }
    if is_tls
        && !TLS_MODERN.holds()
        && let Some(hello) = agree(&first)
    {
        client.write_all(&hello).await?;
        return client.shutdown().await;
    }
    // From the client's own address, as the limiters count by it.
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(peer.ip(), 0))?;
    let mut server = socket.connect(behind).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
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
