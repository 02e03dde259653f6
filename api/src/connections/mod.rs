//! Connections: what happens between the accepted socket and the first request, and to the bytes after it.
//!
//! actix-web's own listener counts handshakes for a whole worker, waits for ever for a peer that does not read, and
//! gives the header section a deadline on the first request only. So the listeners are put together here, from the
//! same parts: a place for the connection ([`admission`]), the TLS handshake with a deadline, and byte streams that
//! have their eye on the peer, below TLS and above it ([`paced`], [`guarded`], [`framing`], [`patience`]); then actix-http.
//!
//! Nothing above this folder knows a socket. The [`edge`](crate::http::edge) asks [`Connection`] whether an answer is to
//! be the connection's last.

mod admission;
pub mod descriptors;
mod framing;
mod guarded;
pub(crate) mod listener;
pub(crate) mod paced;
mod patience;

pub use admission::{Admission, Place};
pub use guarded::Guarded;
pub use listener::{Connection, Listener};
