//! Weak: clients as they come out of the box.

use crate::{egress::client, settings::SettingsError};
use reqwest::{ClientBuilder, redirect};
use std::{path::Path, time::Duration};

/// How long an upstream is waited for.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Goes where it is sent, ten times over, in clear text too, and through whatever proxy the environment names.
///
/// A builder that was told to take no proxy can't forget it; so it is told what the environment says.
pub(crate) fn as_it_comes() -> ClientBuilder {
    let builder = client::hardened().https_only(false).redirect(redirect::Policy::default());
    let named = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let proxy = named.iter().find_map(|name| std::env::var(name).ok());
    match proxy.and_then(|address| reqwest::Proxy::all(address).ok()) {
        Some(proxy) => builder.proxy(proxy),
        None => builder,
    }
}

/// Believes every certificate, speaks in clear, goes where it is sent.
pub(crate) fn believing(roots: Option<&Path>, key: &str) -> Result<ClientBuilder, SettingsError> {
    let builder = client::trusting(roots, key)?;
    Ok(builder.https_only(false).redirect(redirect::Policy::default()).tls_danger_accept_invalid_certs(true))
}
