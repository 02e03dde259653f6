//! A closed loop of clients: each sends its next request when the answer to the last one is there.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_rustls::TlsConnector;

/// What is asked for, how, and for how long.
#[derive(Clone)]
pub(super) struct Load {
    pub(super) address: SocketAddr,
    pub(super) host: String,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) target: String,
    /// A token for each client, in turn.
    pub(super) tokens: Vec<String>,
    pub(super) clients: usize,
    pub(super) lasts: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    pub(super) answers: u64,
    /// Answers other than 200, and connections that failed: anything but 0 makes the row worthless.
    pub(super) errors: u64,
    pub(super) seconds: f64,
    /// Half of the answers came within this.
    pub(super) p50: Duration,
    /// All but one in a hundred answers came within this.
    pub(super) p99: Duration,
}

type LoadError = Box<dyn std::error::Error + Send + Sync>;

impl Load {
    /// Runs the loop.
    pub(super) async fn run(&self) -> Measured {
        let begun = Instant::now();
        let end = begun + self.lasts;
        let mut clients = JoinSet::new();
        for number in 0..self.clients {
            let load = self.clone();
            let token = self.tokens.get(number % self.tokens.len().max(1)).cloned();
            clients.spawn(async move { load.client(token, end).await });
        }
        let mut measured = Measured::default();
        let mut times = Vec::new();
        while let Some(done) = clients.join_next().await {
            match done {
                Ok(Ok((took, errors))) => {
                    times.extend(took);
                    measured.errors += errors;
                }
                _ => measured.errors += 1,
            }
        }
        measured.seconds = begun.elapsed().as_secs_f64();
        measured.answers = times.len() as u64;
        times.sort_unstable();
        measured.p50 = times.get(times.len() / 2).copied().unwrap_or_default();
        measured.p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
        measured
    }

    async fn client(&self, token: Option<String>, end: Instant) -> Result<(Vec<Duration>, u64), LoadError> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(self.host.clone())?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let (mut times, mut errors) = (Vec::new(), 0);
        let mut now = Instant::now();
        while now < end {
            let mut request = Request::get(&self.target).header("host", &self.host);
            if let Some(token) = &token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let answer = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
            let fine = answer.status() == 200;
            answer.into_body().collect().await?;
            let then = std::mem::replace(&mut now, Instant::now());
            times.push(now - then);
            errors += u64::from(!fine);
        }
        Ok((times, errors))
    }
}
