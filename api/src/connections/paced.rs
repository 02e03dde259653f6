//! A peer that leaves its answers unread loses the connection.
//!
//! Measured below TLS, where a byte that leaves has left: above it, buffers would count as the peer's reading.

use super::patience::Patience;
use crate::protection::LIMIT_SLOW_CLIENT;
use brigandine_enforce::enforces;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How long a peer may take nothing, and the bytes a second that it must take.
const UNREAD: Duration = Duration::from_secs(10);
const LEAST_RATE: u64 = 4 * 1024;

/// A stream that is written to no slower than that.
#[derive(Debug)]
pub(crate) struct Paced<S> {
    stream: S,
    unread: Patience,
}

impl<S> Paced<S> {
    /// Paces this stream.
    pub(crate) const fn new(stream: S) -> Self {
        Self { stream, unread: Patience::new(UNREAD, LEAST_RATE) }
    }

    fn written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => self.unread.moved(bytes),
            Poll::Pending if self.is_unread(context) => {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            _ => {}
        }
        written
    }

    /// Whether the peer has left its answers unread for too long: they take memory until it reads (slow read, CWE-400).
    #[enforces(LIMIT_SLOW_CLIENT, answers = false)]
    fn is_unread(&mut self, context: &mut Context<'_>) -> bool {
        self.unread.waits(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.written(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, pieces);
        this.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
