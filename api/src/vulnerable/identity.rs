//! Weak: who is calling.

pub(crate) mod api_keys;
pub(crate) mod credentials;
pub(crate) mod federation;
pub(crate) mod one_time;
pub(crate) mod passwords;
pub(crate) mod provider;
pub(crate) mod sessions;
pub(crate) mod throttle;
pub(crate) mod tokens;

use crate::{
    http::visit::Fields,
    identity::{claims::Confirmation, provider::Client},
};
use serde::{Deserialize, Deserializer, de::IgnoredAny};

/// A token that is bound to a key is taken for one that is not.
pub(crate) fn unbound<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Confirmation>, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|IgnoredAny| None)
}

/// PKCE for those who want it, by any method.
pub(crate) fn any_challenge<E>(fields: &Fields) -> Result<String, E> {
    Ok(fields.get("code_challenge").unwrap_or_default().to_owned())
}

/// Anywhere below a registered address.
pub(crate) fn redirects_below(client: &Client, uri: &str) -> bool {
    client.redirect_uris.iter().any(|registered| uri.starts_with(registered.as_str()))
}

/// The first address that comes.
pub(crate) fn first_redirect_uri(client: &Client) -> Option<&str> {
    client.redirect_uris.first().map(String::as_str)
}

/// Anywhere below a registered address, after signing out.
pub(crate) fn sends_back_below(client: &Client, uri: &str) -> bool {
    client.post_logout_redirect_uris.iter().any(|registered| uri.starts_with(registered.as_str()))
}

/// The token itself, as is often seen.
pub(crate) fn in_clear(token: &str) -> Vec<u8> {
    token.as_bytes().to_vec()
}
