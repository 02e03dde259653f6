//! The edge: everything between the socket and a handler.
//!
//! [`edge`] wraps the whole application: limits of target and headers, hosts, ids, header set, the shape of every
//! error, panics, the access line. [`endpoint`] is the row that a handler is mounted by, `dispatch` the one way from
//! there to the handler, [`call`] what it works with. The other files are a rule each.

pub mod answer;
pub mod body;
pub mod call;
mod client;
mod cors;
mod deadline;
pub mod deprecation;
mod dispatch;
pub mod download;
pub mod edge;
pub mod endpoint;
pub mod errand;
mod expiry;
mod failures;
pub mod fields;
mod headers;
pub(crate) mod idempotency;
pub mod input;
pub mod json;
mod media;
pub mod mount;
pub mod number;
pub mod openapi;
pub mod output;
pub mod page;
pub mod precondition;
pub mod problem;
pub mod query;
mod refusals;
pub mod stream;
pub mod text;
pub mod time;
pub mod tls;
pub mod upload;
pub mod uses;
pub mod visit;

pub use client::RequestFacts;
