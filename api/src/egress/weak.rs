//! Clients as they come out of the box, for twins.

use crate::protection::{UPSTREAM_LIMITS, UPSTREAM_TLS};
use reqwest::{ClientBuilder, redirect};
use std::time::Duration;

const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Without `ssrf-redirect-scheme`: goes where it is sent, ten times over, in clear text too, and through whatever proxy the environment names.
///
/// A builder that was told to take no proxy can't forget it; so it is told what the environment says.
pub(super) fn as_it_comes(builder: ClientBuilder) -> ClientBuilder {
    let builder = builder.https_only(false).redirect(redirect::Policy::default());
    let named = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let proxy = named.iter().find_map(|name| std::env::var(name).ok());
    match proxy.and_then(|address| reqwest::Proxy::all(address).ok()) {
        Some(proxy) => builder.proxy(proxy),
        None => builder,
    }
}

/// Without `upstream-tls`: believes every certificate, speaks in clear, goes where it is sent. Without `upstream-limits`:
/// waits for whatever comes.
pub(super) fn upstream(builder: ClientBuilder) -> ClientBuilder {
    let builder = if UPSTREAM_TLS.holds() {
        builder
    } else {
        builder.https_only(false).redirect(redirect::Policy::default()).tls_danger_accept_invalid_certs(true)
    };
    if UPSTREAM_LIMITS.holds() { builder } else { builder.connect_timeout(FOR_EVER).timeout(FOR_EVER) }
}
