//! Where programs may call from.

use crate::protection::Protection;
use ipnet::IpNet;
use serde_json::{Value, json};
use std::net::IpAddr;

/// More networks than one program calls from.
pub const MOST: usize = 20;

/// A list of networks; an empty one admits every address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads networks in CIDR notation: `192.0.2.0/24`. One with bits beyond its prefix is refused, because whoever wrote
    /// it meant something else than would be admitted. `None` also for more than [`MOST`].
    #[must_use]
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let read = |text: &str| text.parse::<IpNet>().ok().filter(|network| network.trunc() == *network);
        let networks: Vec<IpNet> = texts.into_iter().map(read).collect::<Option<_>>()?;
        (networks.len() <= MOST).then_some(Self(networks))
    }

    /// Reads what [`Networks::stored`] wrote. What can't be read admits nobody, so it must not become an empty list.
    #[must_use]
    pub fn from_stored(stored: &Value) -> Option<Self> {
        let texts: Option<Vec<&str>> = stored.as_array()?.iter().map(Value::as_str).collect();
        Self::parse(texts?)
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
    pub fn admit(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.is_empty()
            || self.0.iter().any(|network| network.contains(&address))
            || !Protection::AuthzServiceAccount.holds()
    }
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
