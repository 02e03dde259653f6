//! Where a request comes from, as limiters count it: from unforgeable data, finely and coarsely.

use std::net::IpAddr;

/// Where an unknown caller comes from: an IPv4 address, or an IPv6 /64, which one household or server owns whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(u64);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(u64::from(address.to_bits())),
            // The upper half; no IPv6 network in use begins with 32 zero bits, so none meets an IPv4 address.
            IpAddr::V6(address) => Self(u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX)),
        }
    }
}

/// The neighbourhood of an address: an IPv4 /24, or an IPv6 /48, which is what one customer of a provider gets. It holds
/// 65,536 sources of one owner, so that a limit by source alone is none for whoever has IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(u64);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        let Source(source) = Source::from(address);
        match address.to_canonical() {
            IpAddr::V4(_) => Self(source & !0xff),
            IpAddr::V6(_) => Self(source & !0xffff),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, Source};
    use std::net::IpAddr;

    #[test]
    fn an_address_or_a_64_is_one_source() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
    }

    #[test]
    fn a_24_or_a_48_is_one_network() {
        let network = |text: &str| Network::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(network("192.0.2.1"), network("192.0.2.255"));
        assert_ne!(network("192.0.2.1"), network("192.0.3.1"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:ffff::9"));
        assert_ne!(network("2001:db8:1::1"), network("2001:db8:2::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.9"));
    }
}
