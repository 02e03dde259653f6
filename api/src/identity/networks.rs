//! Where programs may call from.

use crate::protection::AUTHZ_SERVICE_ACCOUNT;
use brigandine_enforce::enforces;
use ipnet::IpNet;
use serde_json::{Value, json};
use std::net::IpAddr;

/// More networks than one program calls from.
pub const MOST: usize = 20;

/// Characters of the longest one: an IPv6 address whose end is written as IPv4, and its prefix.
pub const LONGEST: usize = 49;

/// A list of networks; an empty one admits every address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads networks in CIDR notation: `192.0.2.0/24`. One with bits beyond its prefix is refused, because whoever wrote
    /// it meant something else than would be admitted; and one that no caller can be in. `None` also for more than [`MOST`].
    #[must_use]
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        Self::read(texts).filter(Self::can_be_left)
    }

    /// Whether somebody can call from each of them.
    #[enforces(AUTHZ_SERVICE_ACCOUNT, answers = true)]
    fn can_be_left(&self) -> bool {
        self.0.iter().all(sends)
    }

    fn read<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let read = |text: &str| {
            let network = text.parse::<IpNet>().ok().filter(|_| text.len() <= LONGEST)?;
            (network.trunc() == network).then_some(network)
        };
        let networks: Vec<IpNet> = texts.into_iter().map(read).collect::<Option<_>>()?;
        (networks.len() <= MOST).then_some(Self(networks))
    }

    /// Whether there is an address that both admit. A key is bound to its own networks and to its program's: without a common
    /// address nobody could ever use it.
    #[must_use]
    #[enforces(AUTHZ_SERVICE_ACCOUNT, answers = true)]
    pub fn meets(&self, other: &Self) -> bool {
        let common = |one: &IpNet| other.0.iter().any(|two| one.contains(two) || two.contains(one));
        self.0.is_empty() || other.0.is_empty() || self.0.iter().any(common)
    }

    /// Reads what [`Networks::stored`] wrote. What can't be read admits nobody, so it must not become an empty list.
    #[must_use]
    pub fn from_stored(stored: &Value) -> Option<Self> {
        let texts: Option<Vec<&str>> = stored.as_array()?.iter().map(Value::as_str).collect();
        Self::read(texts?)
    }

    /// As it is stored.
    #[must_use]
    pub fn stored(&self) -> Value {
        json!(self.names())
    }

    /// As it is written.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether a program may call from this address. One in the IPv6 form of an IPv4 address counts as that.
    #[must_use]
    #[enforces(AUTHZ_SERVICE_ACCOUNT, answers = true)]
    pub fn admit(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.is_empty() || self.0.iter().any(|network| network.contains(&address))
    }
}

/// Whether somebody in this network can call at all. Addresses in the IPv6 form of an IPv4 address are taken for that one, so a
/// network of such forms never matches; and nobody calls from a multicast, a reserved or the unspecified address.
fn sends(network: &IpNet) -> bool {
    let within = |range: &str| range.parse::<IpNet>().is_ok_and(|range| range.contains(network));
    !["::ffff:0:0/96", "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8"]
        .into_iter()
        .any(within)
}

#[cfg(test)]
mod tests {
    use super::Networks;
    use serde_json::json;

    #[test]
    fn only_listed_networks_are_admitted() {
        let networks = Networks::parse(["192.0.2.0/24", "2001:db8::/32"]).unwrap();
        for (address, admitted) in [
            ("192.0.2.7", true),
            ("::ffff:192.0.2.7", true),
            ("192.0.3.7", false),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(networks.admit(address.parse().unwrap()), admitted, "{address}");
        }
        assert!(Networks::default().admit("192.0.2.7".parse().unwrap()));
    }

    #[test]
    fn what_nobody_calls_from_is_refused_and_what_was_stored_is_read() {
        for wrong in
            ["::ffff:192.0.2.0/120", "224.0.0.0/8", "0.0.0.0/32", "255.255.255.255/32", "ff02::/16", "::/128"]
        {
            assert_eq!(Networks::parse([wrong]), None, "{wrong}");
            assert!(Networks::from_stored(&json!([wrong])).is_some(), "{wrong}");
        }
        for right in ["0.0.0.0/0", "::/0", "127.0.0.0/8", "10.0.0.0/8", "fe80::/10", "::1/128"] {
            assert!(Networks::parse([right]).is_some(), "{right}");
        }
    }

    #[test]
    fn networks_meet_where_one_holds_the_other() {
        let of = |texts: &[&str]| Networks::parse(texts.iter().copied()).unwrap();
        let program = of(&["192.0.2.0/24", "2001:db8::/32"]);
        assert!(of(&["192.0.2.128/25"]).meets(&program));
        assert!(of(&["192.0.0.0/16"]).meets(&program));
        assert!(of(&[]).meets(&program) && program.meets(&of(&[])));
        assert!(!of(&["198.51.100.0/24"]).meets(&program));
    }

    #[test]
    fn what_is_not_plainly_a_network_is_refused() {
        for wrong in ["192.0.2.7/24", "192.0.2.7", "0.0.0.0", "example.org", "192.0.2.0/33", ""] {
            assert_eq!(Networks::parse([wrong]), None, "{wrong}");
        }
        assert_eq!(Networks::parse(["10.0.0.0/8"; 21]), None);
        assert_eq!(Networks::from_stored(&json!("192.0.2.0/24")), None);
        assert_eq!(Networks::from_stored(&json!([7])), None);
        let networks = Networks::parse(["192.0.2.0/24"]).unwrap();
        assert_eq!(Networks::from_stored(&networks.stored()), Some(networks));
    }
}
