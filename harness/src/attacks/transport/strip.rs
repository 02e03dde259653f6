//! An attacker on the path, who takes the hybrid group out of a `ClientHello`.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem).
const HYBRID: [u8; 2] = [0x11, 0xec];
const SUPPORTED_GROUPS: [u8; 2] = [0, 0x0a];
const KEY_SHARE: [u8; 2] = [0, 0x33];

/// A proxy for one connection.
pub(super) struct Stripper {
    /// Where to connect instead of the service.
    pub(super) address: SocketAddr,
    stripped: Arc<AtomicBool>,
}

impl Stripper {
    /// Stands before the service and takes out the group, its key share, both or neither.
    pub(super) async fn before(service: SocketAddr, groups: bool, shares: bool) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let stripped = Arc::new(AtomicBool::new(false));
        let done = stripped.clone();
        tokio::spawn(async move {
            let (mut client, _) = listener.accept().await?;
            let mut header = [0; 5];
            client.read_exact(&mut header).await?;
            let [kind, major, minor, high, low] = header;
            let mut hello = vec![0; usize::from(u16::from_be_bytes([high, low]))];
            client.read_exact(&mut hello).await?;
            let rewritten = rewrite(&hello, groups, shares).unwrap_or_else(|| hello.clone());
            done.store(rewritten != hello, Ordering::Release);
            let mut server = TcpStream::connect(service).await?;
            server.write_all(&[kind, major, minor]).await?;
            server.write_all(&vector(&rewritten)).await?;
            tokio::io::copy_bidirectional(&mut client, &mut server).await
        });
        Ok(Self { address, stripped })
    }

    /// Whether anything was taken out.
    pub(super) fn stripped(&self) -> bool {
        self.stripped.load(Ordering::Acquire)
    }
}

fn rewrite(hello: &[u8], groups: bool, shares: bool) -> Option<Vec<u8>> {
    // type 1, length 3, version 2, random 32, then session id, suites, compression methods
    let session = usize::from(*hello.get(38)?);
    let suites = 39 + session;
    let compressions = suites + 2 + number(hello.get(suites..suites + 2)?)?;
    let extensions = compressions + 1 + usize::from(*hello.get(compressions)?);
    let mut rest = hello.get(extensions + 2..)?;
    let mut kept = Vec::new();
    while !rest.is_empty() {
        let (kind, tail) = rest.split_at_checked(2)?;
        let (content, tail) = take(tail)?;
        let content = match [kind.first().copied()?, kind.last().copied()?] {
            SUPPORTED_GROUPS if groups => {
                let list: Vec<u8> = content
                    .get(2..)?
                    .chunks_exact(2)
                    .filter(|group| *group != HYBRID)
                    .flatten()
                    .copied()
                    .collect();
                vector(&list)
            }
            KEY_SHARE if shares => vector(&without_hybrid_share(content.get(2..)?)?),
            _ => content.to_vec(),
        };
        kept.extend_from_slice(kind);
        kept.extend(vector(&content));
        rest = tail;
    }
    let mut body = hello.get(4..extensions)?.to_vec();
    body.extend(vector(&kept));
    let mut rewritten = vec![1, 0];
    rewritten.extend(vector(&body));
    Some(rewritten)
}

fn without_hybrid_share(mut shares: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    while !shares.is_empty() {
        let (group, tail) = shares.split_at_checked(2)?;
        let (share, tail) = take(tail)?;
        if group != HYBRID {
            kept.extend_from_slice(group);
            kept.extend(vector(share));
        }
        shares = tail;
    }
    Some(kept)
}

fn number(bytes: &[u8]) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.try_into().ok()?)))
}

/// The content behind a two-byte length, and what follows it.
fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(2)?;
    rest.split_at_checked(number(length)?)
}

fn vector(content: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(content.len()).unwrap_or(0).to_be_bytes().to_vec();
    out.extend_from_slice(content);
    out
}
