//! Where a provider may stand: on the public internet, and in networks that the operator named.
//!
//! A tenant chooses the provider's address. Without this wall that would be a way to have the service knock on doors of
//! its own house (CWE-918): names are resolved here and not again, so that a name can't change its mind in between.

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};
use url::{Host, Url};

/// What is outside of this house.
#[derive(Clone)]
pub(super) struct Outside {
    networks: Arc<[IpNet]>,
}

impl Outside {
    /// The public internet and these networks.
    pub(super) fn and(networks: &[IpNet]) -> Self {
        Self { networks: networks.into() }
    }

    /// Whether the address names its host by a name, which [`Resolve`] checks, or by a number that is outside.
    pub(super) fn may_hold(&self, address: &Url) -> bool {
        match address.host() {
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(number)) => self.holds(number.into()),
            Some(Host::Ipv6(number)) => self.holds(number.into()),
            None => false,
        }
    }

    fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
            || match address {
                IpAddr::V4(address) => is_public(address),
                IpAddr::V6(address) => is_global(address),
            }
    }
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let outside = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let outside: Vec<SocketAddr> = found.filter(|address| outside.holds(address.ip())).collect();
            if outside.is_empty() {
                return Err("the name leads to no address that a provider may have".into());
            }
            let addresses: Addrs = Box::new(outside.into_iter());
            Ok(addresses)
        })
    }
}

/// Not in the IANA special-purpose registry. std's own predicates miss shared, benchmark and reserved ranges.
fn is_public(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224..=255, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [192, 168, ..]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
    )
}

/// Global unicast that carries no IPv4 address inside: no Teredo, no 6to4, no documentation.
fn is_global(address: Ipv6Addr) -> bool {
    !matches!(address.segments(), [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..])
        && matches!(address.segments(), [0x2000..=0x3fff, ..])
}

#[cfg(test)]
mod tests {
    use super::{Outside, Url};

    fn may_hold(networks: &[&str], address: &str) -> bool {
        let networks: Vec<_> = networks.iter().map(|network| network.parse().unwrap()).collect();
        Outside::and(&networks).may_hold(&Url::parse(address).unwrap())
    }

    #[test]
    fn numbers_of_the_inside_are_refused_however_they_are_written() {
        for inside in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://169.254.169.254/",
            "https://10.0.0.1/",
            "https://100.64.0.1/",
            "https://198.18.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
        ] {
            assert!(!may_hold(&[], inside), "{inside}");
        }
    }

    #[test]
    fn the_outside_and_what_the_operator_named_are_reached() {
        for outside in ["https://idp.example.org/", "https://9.9.9.9/", "https://[2620:fe::fe]/"] {
            assert!(may_hold(&[], outside), "{outside}");
        }
        assert!(may_hold(&["10.1.0.0/16"], "https://10.1.2.3/"));
        assert!(!may_hold(&["10.1.0.0/16"], "https://10.2.2.3/"));
        assert!(may_hold(&["127.0.0.0/8"], "https://[::ffff:127.0.0.1]/"));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_leads_nowhere() {
        use super::Resolve;
        assert!(Outside::and(&[]).resolve("localhost".parse().unwrap()).await.is_err());
        let named = Outside::and(&["127.0.0.0/8".parse().unwrap()]);
        assert!(named.resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
