//! Who may hold a connection: so many in all, and so many for each peer (catalogue `limit-slow-client`).
//!
//! Counted when the socket is accepted, before TLS: a peer that sends nothing costs a descriptor all the same. A place
//! is given back when its [`Place`] is dropped, so none can be lost.

use crate::{
    limits::{Network, Share, Shares, Source},
    protection::LIMIT_SLOW_CLIENT,
    settings::ServerSettings,
    watch::ConnectionMetrics,
};
use brigandine_enforce::enforces;
use ipnet::IpNet;
use std::{net::IpAddr, sync::Arc};

/// An IPv6 /48, which one customer of a network may own whole, gets as much as so many /64.
const SITE: usize = 4;

/// The open connections of a listener. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Admission {
    places: Shares<Peer>,
    per_peer: usize,
    proxies: Arc<[IpNet]>,
    metrics: ConnectionMetrics,
}

/// Whose connections are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Peer {
    /// An IPv4 address, or an IPv6 /64: one household or server.
    Source(Source),
    /// An IPv6 /48: one site.
    Site(Network),
}

/// A place for one connection.
#[derive(Debug)]
pub struct Place {
    admission: Admission,
    peer: Option<Peer>,
    _share: Option<Share>,
}

impl Admission {
    /// The public listener's.
    #[must_use]
    pub fn new(settings: &ServerSettings, metrics: ConnectionMetrics) -> Self {
        let (most, per_peer) = (settings.connections.get(), settings.connections_per_peer.get());
        Self { metrics, ..Self::of(most, per_peer, &settings.trusted_proxies) }
    }

    /// So many connections in all and for each peer; these proxies, who speak for many, are bounded by the former only.
    #[must_use]
    pub fn of(most: usize, per_peer: usize, proxies: &[IpNet]) -> Self {
        let places = Shares::of(most, share_of_peer);
        Self { places, per_peer, proxies: proxies.into(), metrics: ConnectionMetrics::default() }
    }

    /// A place for a connection from this address; `None` when there is none left for it.
    #[must_use]
    pub fn admit(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let is_proxy = self.proxies.iter().any(|network| network.contains(&address));
        let peers = if is_proxy { [None, None] } else { self.peers(address) };
        let share = self.places.try_take_for(peers).ok();
        if !may_connect(share.as_ref()) {
            self.metrics.refused();
            return None;
        }
        self.metrics.opened();
        Some(Place {
            admission: self.clone(),
            peer: peers.into_iter().flatten().map(|(peer, _)| peer).next(),
            _share: share,
        })
    }

    fn peers(&self, address: IpAddr) -> [Option<(Peer, usize)>; 2] {
        let source = (Peer::Source(address.into()), self.per_peer);
        let site = (Peer::Site(address.into()), self.per_peer.saturating_mul(SITE));
        [Some(source), address.is_ipv6().then_some(site)]
    }
}

/// A peer holds its share of the places and no more, however many it asks for (CWE-770).
#[enforces(LIMIT_SLOW_CLIENT, answers = None)]
fn share_of_peer(share: usize) -> Option<usize> {
    Some(share)
}

/// Whoever gets no share of the places gets no connection, so that one peer can't hold them all (CWE-770).
#[enforces(LIMIT_SLOW_CLIENT, answers = true)]
fn may_connect(share: Option<&Share>) -> bool {
    share.is_some()
}

impl Place {
    /// Whether three quarters of all places are taken. Answers then close their connections, so that whoever keeps one
    /// open without a need makes room for others.
    #[must_use]
    pub fn is_scarce(&self) -> bool {
        let places = &self.admission.places;
        places.free() < places.most() / 4
    }

    /// Whether its peer holds more than a quarter of what a peer may hold.
    #[must_use]
    pub fn is_one_of_many(&self) -> bool {
        self.peer.is_some_and(|peer| self.admission.places.held(peer) > self.admission.per_peer / 4)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.admission.metrics.closed();
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Place};

    fn take(admission: &Admission, address: &str, often: usize) -> Vec<Place> {
        (0..often).filter_map(|_| admission.admit(address.parse().unwrap())).collect()
    }

    #[test]
    fn a_peer_gets_its_share_and_another_one_its_own() {
        let admission = Admission::of(1000, 100, &[]);
        let mut held = take(&admission, "192.0.2.1", 150);
        assert_eq!(held.len(), 100);
        assert!(admission.admit("::ffff:192.0.2.1".parse().unwrap()).is_none(), "the same by another name");
        let other = take(&admission, "192.0.2.2", 100);
        assert_eq!(other.len(), 100);
        held.pop();
        assert_eq!(take(&admission, "192.0.2.1", 5).len(), 1, "a place that was given back");
        drop(held);
        assert_eq!(admission.places.free(), 900);
    }

    #[test]
    fn networks_of_ipv6_are_one_peer_each_and_a_site_has_a_bound_of_its_own() {
        let admission = Admission::of(10_000, 10, &[]);
        let one: Vec<_> = (0..20).flat_map(|n| take(&admission, &format!("2001:db8::{n}"), 1)).collect();
        assert_eq!(one.len(), 10);
        let site: Vec<_> =
            (1..20).flat_map(|n| take(&admission, &format!("2001:db8:0:{n}::1"), 10)).collect();
        assert_eq!(one.len() + site.len(), 40);
        assert_eq!(take(&admission, "2001:db8:1::1", 10).len(), 10, "another site");
    }

    #[test]
    fn all_together_get_no_more_than_there_is_and_proxies_are_no_exception() {
        let admission = Admission::of(50, 20, &["10.0.0.0/8".parse().unwrap()]);
        let proxy = take(&admission, "10.0.0.1", 45);
        assert_eq!(proxy.len(), 45, "a proxy speaks for many");
        assert!(proxy[0].is_scarce() && !proxy[0].is_one_of_many());
        let peer = take(&admission, "192.0.2.1", 20);
        assert_eq!(peer.len(), 5);
        assert!(admission.admit("10.0.0.2".parse().unwrap()).is_none());
        drop(peer);
        assert_eq!(take(&admission, "10.0.0.2", 9).len(), 5);
    }

    #[test]
    fn who_holds_many_is_told_from_who_holds_few() {
        let admission = Admission::of(1000, 100, &[]);
        let held = take(&admission, "192.0.2.1", 25);
        assert!(!held[0].is_one_of_many() && !held[0].is_scarce());
        let one_more = take(&admission, "192.0.2.1", 1);
        assert!(held[0].is_one_of_many());
        drop(one_more);
        assert!(!held[0].is_one_of_many());
    }
}
