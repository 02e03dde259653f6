//! A connection's bytes, with what a peer may not do to them: stop in the middle of a message, or end its lines as it likes.

use super::{
    admission::Place,
    framing::{Framing, Part},
    patience::Patience,
};
use crate::protection::LIMIT_SLOW_CLIENT;
use brigandine_enforce::enforces;
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A head must be here so long after its first byte. actix-http has such a deadline for a connection's first request
/// only; it begins with the connection, so that one ends first and is answered with 408.
const HEAD: Duration = Duration::from_secs(5);
/// How long a body may bring nothing, and the bytes a second that it must bring. Whoever reads a body has a shorter
/// deadline and answers 408; this one is for bodies that nobody reads, because the request is answered already.
const BODY: Duration = Duration::from_secs(12);
const LEAST_BODY_RATE: u64 = 1024;
/// A guarded byte stream.
#[derive(Debug)]
pub struct Guarded<S> {
    stream: S,
    place: Arc<Place>,
    framing: Framing,
    head: Patience,
    body: Patience,
}

impl<S> Guarded<S> {
    /// Guards this stream, which holds this place until it is closed.
    pub fn new(stream: S, place: Place) -> Self {
        Self {
            stream,
            place: Arc::new(place),
            framing: Framing::new(),
            head: Patience::new(HEAD, 0),
            body: Patience::new(BODY, LEAST_BODY_RATE),
        }
    }

    /// What is guarded.
    pub const fn stream(&self) -> &S {
        &self.stream
    }

    /// The connection's place.
    pub const fn place(&self) -> &Arc<Place> {
        &self.place
    }

    /// The peer sends nothing: may it, at this point? Who stops in the middle of a message keeps a place for nothing
    /// (Slowloris, CWE-400).
    #[enforces(LIMIT_SLOW_CLIENT)]
    fn check_sender(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let patience = match self.framing.part() {
            Part::Head => &mut self.head,
            Part::Body => &mut self.body,
            // Between messages the keep-alive deadline counts.
            Part::Nothing | Part::Unknown => return Ok(()),
        };
        if patience.waits(context) { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }

    /// Notes the bytes that came; answers how many of them are passed on.
    fn received(&mut self, bytes: &mut [u8]) -> usize {
        let before = (self.framing.heads(), self.framing.part());
        let passed = self.framing.follow(bytes);
        if before == (self.framing.heads(), self.framing.part()) {
            self.body.moved(bytes.len());
        } else {
            self.head.renew();
            self.body.renew();
        }
        passed
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.framing.is_cut() {
            // For actix: the end of the stream.
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        loop {
            match Pin::new(&mut this.stream).poll_read(context, buffer) {
                Poll::Ready(outcome) => {
                    outcome?;
                    let came = buffer.filled().len().saturating_sub(before);
                    let passed = this.received(buffer.filled_mut().get_mut(before..).unwrap_or_default());
                    buffer.set_filled(before.saturating_add(passed));
                    // What comes behind the last message is thrown away; nothing at all would say that the peer is gone.
                    if passed > 0 || came == 0 || !this.framing.is_over() {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Pending => {
                    this.check_sender(context)?;
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
