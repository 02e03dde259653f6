//! Brigandine's service: a hardened multi-tenant REST API.
//!
//! Arrows run down only: [`clinic`] → [`organizations`], [`webhooks`] → [`access`] → [`identity`] → [`store`], [`sealing`],
//! [`audit`], [`limits`], [`http`], [`connections`], [`egress`] → [`settings`], [`clock`], [`protection`]. Nothing in the platform names the clinic.

pub mod access;
pub mod audit;
pub mod cli;
pub mod clinic;
pub mod clock;
pub mod connections;
pub mod egress;
pub mod endpoints;
pub mod files;
pub mod http;
pub mod identity;
pub mod ids;
pub mod limits;
pub mod mail;
pub mod organizations;
pub mod protection;
pub mod sealing;
pub mod server;
pub mod service;
pub mod settings;
pub mod store;
#[cfg(feature = "twin")]
pub mod twin;
#[cfg(feature = "twin")]
mod vulnerable;
pub mod watch;
pub mod webhooks;
