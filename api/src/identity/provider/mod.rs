//! The built-in OpenID provider.

pub mod client_auth;
pub mod client_keys;
