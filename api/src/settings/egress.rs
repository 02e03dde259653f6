//! What the service calls by itself.

use super::{Settings, SettingsError};
use ipnet::IpNet;
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf};
use url::Url;

/// `[egress]`: how what tenants named (webhooks) is called.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EgressSettings {
    /// Ports beside 443 that may be called.
    pub ports: Vec<u16>,
    /// The forward proxy through which all of it goes: `http://proxy.example.org:4750`.
    pub proxy: Option<Url>,
    /// CAs that are believed beside the public ones.
    pub root_certificate_file: Option<PathBuf>,
    /// The DNS server that is asked; the system's resolver unless set.
    pub resolver: Option<SocketAddr>,
    /// Networks beside the public internet that may be called; only on a machine that serves nobody but itself.
    pub allow_networks: Vec<IpNet>,
}

pub(super) fn check(settings: &Settings) -> Result<(), SettingsError> {
    let egress = &settings.egress;
    let refuse = |key: &str, advice: &str| Err(SettingsError::new(key, advice));
    let alone = [settings.server.listen, settings.operations.listen].iter().all(|it| it.ip().is_loopback());
    if !egress.allow_networks.is_empty() && !alone {
        return refuse(
            "egress.allow_networks",
            "is for trying things out; a service that others can reach calls the public internet only",
        );
    }
    if egress.ports.contains(&0) {
        return refuse("egress.ports", "takes port numbers from 1 to 65535");
    }
    if let Some(proxy) = &egress.proxy {
        let plain = proxy.username().is_empty() && proxy.password().is_none() && proxy.path() == "/";
        if !matches!(proxy.scheme(), "http" | "https") || proxy.host_str().is_none() || !plain {
            return refuse("egress.proxy", "is http:// or https://, a host and a port, and nothing else");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    fn check(toml: &str) -> Result<(), String> {
        let settings: Settings = toml::from_str(toml).unwrap();
        super::check(&settings).map_err(|error| error.to_string())
    }

    #[test]
    fn only_who_serves_itself_may_call_itself() {
        check("egress.allow_networks = ['127.0.77.0/24']").unwrap();
        for listen in ["server.listen = '0.0.0.0:8443'", "operations.listen = '10.0.0.1:9443'"] {
            let refusal = check(&format!("{listen}\negress.allow_networks = ['127.0.77.0/24']")).unwrap_err();
            assert!(refusal.starts_with("egress.allow_networks"), "{refusal}");
        }
    }

    #[test]
    fn a_proxy_is_an_address_and_nothing_else() {
        check("egress = { proxy = 'http://proxy.example.org:4750', ports = [8443] }").unwrap();
        for wrong in ["socks5://p:1", "http://u:p@p:1", "http://p:1/x", "file:///p"] {
            assert!(check(&format!("egress.proxy = '{wrong}'")).is_err(), "{wrong}");
        }
        assert!(check("egress.ports = [0]").is_err());
    }
}
