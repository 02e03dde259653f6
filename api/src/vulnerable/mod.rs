//! What a twin does in the place of a function that was taken away, where nothing at all would not do: deliberately weak.
//!
//! Compiled only under the cargo feature `twin`. Functions here are called by marks only: `#[enforces(…, otherwise = …)]`.

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod clinic;
pub(crate) mod connections;
pub(crate) mod egress;
pub(crate) mod http;
pub(crate) mod identity;
pub(crate) mod mail;
pub(crate) mod organizations;
pub(crate) mod sealing;
pub(crate) mod server;
pub(crate) mod settings;
pub(crate) mod store;
pub(crate) mod webhooks;
