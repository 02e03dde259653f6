//! Weak: what an access token is believed to say, and who is believed to have written it.

pub(crate) mod algorithm;
pub(crate) mod claims;
pub(crate) mod credentials;
pub(crate) mod default_secret;
pub(crate) mod issuer;
pub(crate) mod key_source;
pub(crate) mod tenant;
