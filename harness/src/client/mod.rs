//! The attacker's HTTP/1.1 over TLS.
//!
//! Every request leaves from a loopback address of the attack's own block, so that one attack's rate limits never
//! touch another's; every request is counted, and the last exchanges are kept as evidence.

mod answer;
mod dial;
mod exchange;
mod handshake;
mod honest;
mod raw;
mod request;
mod source;
mod tls;
mod wire;

pub use answer::{Answer, Peer};
pub use dial::Dial;
pub use exchange::Exchange;
pub(crate) use exchange::redacted;
pub use handshake::{Handshake, Probe};
pub use request::Request;
pub use source::Block;
pub use tls::{TlsError, trusting};
pub use wire::{Sends, Target, Wire};

/// Why a request got no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    /// No TCP connection: nothing listens, or the address can't be bound.
    #[error("no connection: {0}")]
    Connect(String),
    /// The TLS handshake failed; carries the alert's words.
    #[error("no TLS session: {0}")]
    Tls(String),
    /// The connection ended before a whole answer came.
    #[error("the connection ended without an answer: {0}")]
    Closed(String),
    /// No whole answer within the request's patience.
    #[error("no answer within {0:?}")]
    Timeout(std::time::Duration),
    /// The request can't be expressed by the client; send it raw.
    #[error("not expressible, send it raw: {0}")]
    Inexpressible(String),
}
