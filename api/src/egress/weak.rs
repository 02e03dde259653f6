//! Without `ssrf-redirect-scheme`: a client as it comes out of the box.

use reqwest::{ClientBuilder, redirect};

/// Goes where it is sent, ten times over, in clear text too, and through whatever proxy the environment names.
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
