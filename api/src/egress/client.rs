//! The one place where HTTP clients are made. No client follows redirects, believes a certificate that does not verify,
//! speaks without TLS, or takes a proxy from the environment: whoever sets a variable would read every call.

use super::{
    address::Reach,
    names::{Guard, Names},
};
use crate::{
    protection::EGRESS_ALLOWLIST,
    settings::{EgressSettings, SettingsError},
};
use brigandine_enforce::enforces;
use reqwest::{Certificate, Client, ClientBuilder, Proxy, redirect};
use std::{path::Path, sync::Arc, time::Duration};
use url::Url;

/// For connecting, and for everything together (catalogue P6).
const CONNECT: Duration = Duration::from_secs(2);
const TOTAL: Duration = Duration::from_secs(5);

/// A client that believes the system's authorities.
pub fn hardened() -> ClientBuilder {
    Client::builder()
        .https_only(true)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
}

/// A client that believes the authorities in the file `roots` only, if there is one; `key` is the setting that named it.
///
/// # Errors
/// When the file can't be read or holds no certificate.
pub fn trusting(roots: Option<&Path>, key: &str) -> Result<ClientBuilder, SettingsError> {
    let builder = hardened();
    Ok(if roots.is_some() { builder.tls_certs_only(authorities(roots, key)?) } else { builder })
}

/// Makes it a client for what tenants named: names are judged when they are looked up, and everything goes through the
/// operator's forward proxy, if there is one (`CONNECT`, RFC 9110 §9.3.6). A proxy that does not answer is no reason to
/// go without it.
///
/// # Errors
/// When the proxy or the resolver can't be used.
pub fn outward(
    builder: ClientBuilder,
    reach: Reach,
    settings: &EgressSettings,
) -> Result<(ClientBuilder, Guard), SettingsError> {
    let proxy = proxy(settings);
    let guard = Guard::new(reach, Names::of(settings.resolver)?).but_for(proxy);
    let builder = builder.dns_resolver(Arc::new(guard.clone()));
    let Some(proxy) = proxy else { return Ok((builder, guard)) };
    let proxy = Proxy::all(proxy.clone())
        .map_err(|error| SettingsError::new("egress.proxy", format!("can't be used: {error}")))?;
    Ok((builder.proxy(proxy), guard))
}

/// The forward proxy, if there is one: what tenants named is called through it, so that the network can keep the service
/// itself from going anywhere (ASVS 13.2.4).
#[enforces(EGRESS_ALLOWLIST, answers = None)]
pub(super) fn proxy(settings: &EgressSettings) -> Option<&Url> {
    settings.proxy.as_ref()
}

/// The certificates in a file; none where none is named.
///
/// # Errors
/// When the file can't be read or holds no certificate.
pub fn authorities(file: Option<&Path>, key: &str) -> Result<Vec<Certificate>, SettingsError> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let refuse = |advice: String| SettingsError::new(key, advice);
    let name = file.display();
    let pem = std::fs::read(file).map_err(|error| refuse(format!("{name} cannot be read: {error}")))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => Err(refuse(format!("{name} holds no PEM certificate"))),
    }
}

/// Makes the client.
///
/// # Errors
/// Only a broken TLS set-up keeps it from being made.
pub fn build(builder: ClientBuilder, key: &str) -> Result<Client, SettingsError> {
    builder.build().map_err(|error| SettingsError::new(key, format!("the TLS client can't be made: {error}")))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// A client that is made elsewhere has other manners. The weak code of twins may.
    #[test]
    fn no_client_is_made_elsewhere() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.display().to_string();
                if path.is_dir() {
                    folders.push(path);
                } else if !name.contains("/vulnerable") && !name.ends_with("egress/client.rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for making in ["Client::builder", "Client::new()", "ClientBuilder::new"] {
                        assert!(!text.contains(making), "{name} makes a client of its own");
                    }
                }
            }
        }
    }
}
