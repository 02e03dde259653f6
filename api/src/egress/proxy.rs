//! The forward proxy, if the operator has one: what a tenant named is then reached through it and in no other way.

use crate::settings::SettingsError;
use reqwest::Proxy;
use url::Url;

/// `CONNECT` for every destination (RFC 9110 §9.3.6). A proxy that does not answer is no reason to go without it.
pub(super) fn through(proxy: &Url) -> Result<Proxy, SettingsError> {
    Proxy::all(proxy.clone())
        .map_err(|error| SettingsError::new("egress.proxy", format!("can't be used: {error}")))
}
