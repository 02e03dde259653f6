//! Proofs of possession (RFC 9449): a token bound to a key is worth nothing without a fresh signature by that key over
//! this very request.
//!
//! - [`proof`]: one `DPoP` header, read and verified.
//! - [`nonce`]: the server's own share of freshness, so that proofs can't be made in advance.
//! - [`thumbprint`]: a key's name, which tokens carry in `cnf.jkt`.
//! - [`refusal`]: why not, and how a caller is told.

pub mod nonce;
mod proof;
mod refusal;
#[cfg(test)]
mod tests;
mod thumbprint;

pub use proof::{Expected, Proof, is_offered, verify};
pub use refusal::DpopRefusal;
pub use thumbprint::Thumbprint;
