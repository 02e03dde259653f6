//! A connection held open by hand, for attackers who take their time.

use super::{Answer, ClientError, Wire, raw};
use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// An open connection to the service; written to and read from step by step.
pub struct Dial {
    stream: raw::Stream,
    opened: Instant,
    seen: Vec<u8>,
}

impl Dial {
    pub(crate) async fn open(wire: &Wire, from: Ipv4Addr, in_clear: bool) -> Result<Self, ClientError> {
        let stream = wire.open(from, wire.target().public, in_clear).await?;
        Ok(Self { stream, opened: Instant::now(), seen: Vec::new() })
    }

    /// An open connection over TLS with hardly any room for what comes: whoever does not read it is soon full.
    pub(crate) async fn open_narrow(wire: &Wire, from: Ipv4Addr) -> Result<Self, ClientError> {
        let stream = wire.open_narrow(from, wire.target().public).await?;
        Ok(Self { stream, opened: Instant::now(), seen: Vec::new() })
    }

    /// Writes some bytes. `false` when the service no longer takes any.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.io.write_all(bytes.as_ref()).await.is_ok() && self.stream.io.flush().await.is_ok()
    }

    /// Reads until the service closes or the time is over; `Some(age)` is the connection's age when it was closed.
    pub async fn closed_within(&mut self, limit: Duration) -> Option<Duration> {
        let deadline = Instant::now() + limit;
        let mut chunk = vec![0; 4096];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, self.stream.io.read(&mut chunk)).await {
                Err(_) => return None,
                Ok(Ok(read)) if read > 0 => {
                    self.seen.extend_from_slice(chunk.get(..read).unwrap_or_default())
                }
                Ok(_) => return Some(self.opened.elapsed()),
            }
        }
    }

    /// Waits until anything at all came, and leaves the rest unread; `false` when nothing does in time.
    pub async fn begins_within(&mut self, limit: Duration) -> bool {
        let mut first = [0; 16];
        match tokio::time::timeout(limit, self.stream.io.read(&mut first)).await {
            Ok(Ok(read)) if read > 0 => {
                self.seen.extend_from_slice(first.get(..read).unwrap_or_default());
                true
            }
            _ => false,
        }
    }

    /// Reads until a whole answer came or the time is over.
    pub async fn answer_within(&mut self, limit: Duration) -> Option<Answer> {
        let deadline = Instant::now() + limit;
        let mut chunk = vec![0; 4096];
        loop {
            if let Some(mut answer) = raw::parse(&self.seen) {
                self.seen = std::mem::take(&mut answer.rest);
                answer.elapsed = self.opened.elapsed();
                answer.peer = self.stream.peer.clone();
                return Some(answer);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, self.stream.io.read(&mut chunk)).await {
                Ok(Ok(read)) if read > 0 => {
                    self.seen.extend_from_slice(chunk.get(..read).unwrap_or_default())
                }
                _ => return None,
            }
        }
    }

    /// Everything read and not yet taken as an answer.
    #[must_use]
    pub fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// Waits until every byte is sent and says goodbye properly.
    ///
    /// # Errors
    /// When the connection is gone already.
    pub async fn close(mut self) -> Result<(), ClientError> {
        self.stream.io.shutdown().await.map_err(|error| ClientError::Closed(error.to_string()))
    }
}
