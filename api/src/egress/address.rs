//! Which addresses are the public internet: an own table, because std's predicates miss shared, benchmark, mapped, NAT64 and
//! 6to4 ranges (its `is_global` is not stable), and because one table is easier to compare with IANA's than twelve
//! functions.

use crate::protection::SSRF_ADDRESS;
use brigandine_enforce::enforces;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};
use url::{Host, Url};

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(bits: u128, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits(bits), length)
}

/// IANA's IPv4 special-purpose address registry (RFC 6890), multicast, and one more. Also what it calls globally reachable
/// below 192.0.0.0/24: nobody's endpoint is an anycast relay.
pub const SPECIAL_V4: [(Ipv4Net, &str); 17] = [
    (v4(0, 0, 0, 0, 8), "this network (RFC 791)"),
    (v4(10, 0, 0, 0, 8), "private (RFC 1918)"),
    (v4(100, 64, 0, 0, 10), "shared by carriers (RFC 6598); some clouds' metadata"),
    (v4(127, 0, 0, 0, 8), "loopback (RFC 1122)"),
    (v4(168, 63, 129, 16, 32), "Azure's host: a public number that leads inside"),
    (v4(169, 254, 0, 0, 16), "link-local (RFC 3927); clouds' metadata"),
    (v4(172, 16, 0, 0, 12), "private (RFC 1918)"),
    (v4(192, 0, 0, 0, 24), "IETF protocol assignments (RFC 6890)"),
    (v4(192, 0, 2, 0, 24), "documentation (RFC 5737)"),
    (v4(192, 88, 99, 0, 24), "6to4 relay anycast (RFC 7526)"),
    (v4(192, 168, 0, 0, 16), "private (RFC 1918)"),
    (v4(198, 18, 0, 0, 15), "benchmarks (RFC 2544)"),
    (v4(198, 51, 100, 0, 24), "documentation (RFC 5737)"),
    (v4(203, 0, 113, 0, 24), "documentation (RFC 5737)"),
    (v4(224, 0, 0, 0, 4), "multicast (RFC 5771)"),
    (v4(240, 0, 0, 0, 4), "reserved (RFC 1112)"),
    (v4(255, 255, 255, 255, 32), "broadcast (RFC 8190)"),
];

/// Global unicast: the only IPv6 block that IANA gives addresses of the internet from (RFC 4291 §2.4). Loopback, mapped
/// (`::ffff:0:0/96`), compatible (`::/96`), NAT64 (`64:ff9b::/96`, `64:ff9b:1::/48`), discard, unique local, link-local, site-local and
/// multicast addresses are all outside of it.
pub const GLOBAL_UNICAST_V6: Ipv6Net = v6(0x2000_u128 << 112, 3);

/// What in [`GLOBAL_UNICAST_V6`] IANA's registry sets apart.
pub const SPECIAL_V6: [(Ipv6Net, &str); 4] = [
    (v6(0x2001_u128 << 112, 23), "IETF protocol assignments (RFC 2928): Teredo, benchmarks, ORCHID"),
    (v6(0x2001_0db8_u128 << 96, 32), "documentation (RFC 3849)"),
    (v6(0x2002_u128 << 112, 16), "6to4 (RFC 3056): an IPv4 address inside"),
    (v6(0x3fff_u128 << 112, 20), "documentation (RFC 9637)"),
];

/// Whether an address is one of the public internet.
#[must_use]
pub fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(network, _)| network.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_UNICAST_V6.contains(&address)
                && !SPECIAL_V6.iter().any(|(network, _)| network.contains(&address))
        }
    }
}

/// Where a call may end: the public internet, and networks that the operator named.
#[derive(Clone, Debug)]
pub struct Reach {
    networks: Arc<[IpNet]>,
}

impl Reach {
    /// The public internet and these networks.
    #[must_use]
    pub fn internet_and(networks: &[IpNet]) -> Self {
        Self { networks: networks.into() }
    }

    /// Whether a URL's host is a name, which the guard judges when it is looked up, or a number that is outside.
    #[must_use]
    pub fn may_hold(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(address)) => self.holds(address.into()),
            Some(Host::Ipv6(address)) => self.holds(address.into()),
            None => false,
        }
    }

    /// Whether a call may end at this address: nothing inside is reached through the service (CWE-918, OWASP API7).
    #[enforces(SSRF_ADDRESS, answers = true)]
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&canonical)) || is_global(address)
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, SPECIAL_V4, SPECIAL_V6, is_global};
    use std::net::IpAddr;

    fn global(text: &str) -> bool {
        is_global(text.parse::<IpAddr>().unwrap())
    }

    /// The first and last address of every row of IANA's two special-purpose registries, with what it says beside it.
    #[test]
    fn no_row_of_the_registries_is_taken_for_the_internet() {
        for special in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.0",
            "127.255.255.255",
            "169.254.0.0",
            "169.254.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.0",
            "192.0.0.8",
            "192.0.0.9",
            "192.0.0.10",
            "192.0.0.170",
            "192.0.0.171",
            "192.0.0.255",
            "192.0.2.0",
            "192.0.2.255",
            "192.88.99.0",
            "192.88.99.255",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.0",
            "198.51.100.255",
            "203.0.113.0",
            "203.0.113.255",
            "224.0.0.0",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
            "168.63.129.16",
            "100.100.100.200",
            "169.254.169.254",
            "::",
            "::1",
            "::ffff:0:0",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::",
            "64:ff9b:1:ffff::1",
            "100::",
            "100::1",
            "100:0:0:1::1",
            "2001::",
            "2001::1",
            "2001:1::1",
            "2001:1::2",
            "2001:1::3",
            "2001:2::",
            "2001:2:0:ffff::1",
            "2001:3::1",
            "2001:4:112::1",
            "2001:10::",
            "2001:1f::1",
            "2001:20::",
            "2001:2f::1",
            "2001:30::1",
            "2001:1ff:ffff::1",
            "2001:db8::",
            "2001:db8:ffff::1",
            "2002::",
            "2002:7f00:1::",
            "2002:ffff::1",
            "3fff::",
            "3fff:fff:ffff::1",
            "5f00::",
            "5f00:ffff::1",
            "fc00::",
            "fd00::1",
            "fd00:ec2::254",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff00::",
            "ff02::1",
            "ffff::1",
            "4000::1",
            "1fff::1",
        ] {
            assert!(!global(special), "{special}");
        }
    }

    #[test]
    fn the_addresses_beside_them_are() {
        for outside in [
            "1.0.0.0",
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:db7:ffff::1",
            "2001:db9::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2620:fe::fe",
            "2a00::1",
            "3ffe:ffff::1",
            "3fff:1000::1",
            "2000::1",
        ] {
            assert!(global(outside), "{outside}");
        }
    }

    #[test]
    fn every_row_names_its_whole_network() {
        for (network, why) in SPECIAL_V4 {
            assert_eq!(network, network.trunc(), "{why}");
        }
        for (network, why) in SPECIAL_V6 {
            assert_eq!(network, network.trunc(), "{why}");
        }
    }

    #[test]
    fn what_the_operator_named_is_reached_however_it_is_written() {
        let reach = Reach::internet_and(&["127.0.77.0/24".parse().unwrap()]);
        let holds = |text: &str| reach.holds(text.parse().unwrap());
        assert!(holds("127.0.77.1") && holds("::ffff:127.0.77.1") && holds("9.9.9.9"));
        assert!(!holds("127.0.0.1") && !holds("127.0.76.255") && !holds("::1") && !holds("::ffff:127.0.0.1"));
    }
}
