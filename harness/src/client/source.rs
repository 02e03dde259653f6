//! Where requests come from: networks of loopback addresses for each attack, a /24 at a time.

use std::{
    net::Ipv4Addr,
    sync::atomic::{AtomicU32, Ordering},
};

/// How many requests leave from one address before the next one is taken. The service lets an unknown address send
/// 20 at once; an honest margin keeps the limiter out of attacks that are not about it.
const REQUESTS_PER_ADDRESS: u32 = 12;

/// How many addresses are used of one /24 before the next one is taken. The service lets an unknown network send 400 at
/// once.
const ADDRESSES_PER_NETWORK: u32 = 24;

/// An attack's own loopback addresses: `127.a.b.1` to `127.a.b.24`, then those of further networks.
#[derive(Debug)]
pub struct Block {
    network: (u8, u8),
    sent: AtomicU32,
}

impl Block {
    /// The block of the attack with this number. Numbers share blocks after 57 344 attacks.
    #[must_use]
    pub fn number(index: usize) -> Self {
        let index = index % (224 * 256);
        let high = u8::try_from(index / 256).unwrap_or(0).saturating_add(16);
        let low = u8::try_from(index % 256).unwrap_or(0);
        Self { network: (high, low), sent: AtomicU32::new(0) }
    }

    /// The address for the next request; moves on every dozen requests.
    #[must_use]
    pub fn next(&self) -> Ipv4Addr {
        let sent = self.sent.fetch_add(1, Ordering::Relaxed);
        self.host(sent / REQUESTS_PER_ADDRESS)
    }

    /// An address that no earlier request of this attack used, for attacks that pin theirs.
    #[must_use]
    pub fn fresh(&self) -> Ipv4Addr {
        let sent = self.sent.fetch_add(REQUESTS_PER_ADDRESS * 2, Ordering::Relaxed);
        let rounded = sent / REQUESTS_PER_ADDRESS + 1;
        self.host(rounded)
    }

    fn host(&self, index: u32) -> Ipv4Addr {
        let last = u8::try_from(index % ADDRESSES_PER_NETWORK).unwrap_or(0).saturating_add(1);
        // Fourteen networks, sixteen apart: the first 4 096 attacks share none of them.
        let spill = u32::from(self.network.0 - 16) + 16 * (index / ADDRESSES_PER_NETWORK);
        let high = u8::try_from(spill % 224).unwrap_or(0).saturating_add(16);
        Ipv4Addr::new(127, high, self.network.1, last)
    }
}

#[cfg(test)]
mod tests {
    use super::Block;
    use std::collections::HashSet;

    #[test]
    fn an_address_is_left_after_a_dozen_requests() {
        let block = Block::number(300);
        let first = block.next();
        assert_eq!(first.octets()[..3], [127, 17, 44]);
        assert!((0..11).all(|_| block.next() == first));
        assert_ne!(block.next(), first);
    }

    #[test]
    fn a_network_is_left_after_two_dozen_addresses_and_is_nobody_elses() {
        let networks = |number: usize| -> HashSet<[u8; 2]> {
            let block = Block::number(number);
            (0..4_000).map(|_| block.next().octets()).map(|[_, high, low, _]| [high, low]).collect()
        };
        let (first, other) = (networks(0), networks(4_095));
        assert_eq!(first.len(), 14);
        assert!(first.is_disjoint(&other));
    }

    #[test]
    fn a_fresh_address_was_not_used_and_is_not_used_again() {
        let block = Block::number(0);
        let used = block.next();
        let fresh = block.fresh();
        assert_ne!(used, fresh);
        assert!((0..200).all(|_| block.next() != fresh));
    }
}
