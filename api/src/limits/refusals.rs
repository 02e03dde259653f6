//! How many refusals the audit log keeps.
//!
//! A refusal costs whoever provokes it nothing, and its row is kept for good. Up to a budget each one is written; beyond it
//! they are counted, and as many as the budget regains are written as samples. So nobody makes the log grow without a
//! bound, and nobody hides in it by filling it either: what is not written is in the access log and in the counters.

use super::{
    door::{Door, Quota},
    source::{Network, Source},
};
use crate::{
    identity::Caller,
    ids::OrganizationId,
    protection::{RATE_IP, RATE_PRINCIPAL, TENANT_ISOLATION},
};
use brigandine_enforce::enforces;
use governor::clock::{Clock, DefaultClock};
use std::net::IpAddr;

/// Rows for the refusals of one member or API client.
const PRINCIPAL: Quota = Quota::per_minute(30, 60);
/// Rows for the refusals of one organization's members together.
const ORGANIZATION: Quota = Quota::per_minute(120, 300);
/// Rows for the refusals of one unknown source.
const SOURCE: Quota = Quota::per_minute(1, 40);
/// Rows for the refusals of one network of unknown sources.
const NETWORK: Quota = Quota::per_minute(5, 400);
/// Rows for the refusals of all unknown callers of one kind: the most that strangers make the log grow.
const STRANGERS: Quota = Quota::per_day(10_000, 10_000);

/// Who was refused.
#[derive(Clone, Copy, Debug)]
pub enum Refused<'c> {
    /// Whoever the token names.
    Known(&'c Caller),
    /// Whoever is at this address, and asked for this.
    Stranger(IpAddr, Interface),
}

/// What a stranger asked for. Each has a budget of its own, so that noise in one hides nothing in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interface {
    /// The API.
    Api,
    /// Pages, forms and OAuth endpoints.
    Pages,
}

pub(super) struct RefusalBudget<C: Clock = DefaultClock> {
    principals: Door<u128, C>,
    organizations: Door<OrganizationId, C>,
    sources: Door<Source, C>,
    networks: Door<Network, C>,
    strangers: Door<Interface, C>,
}

impl<C: Clock + Clone> RefusalBudget<C> {
    pub(super) fn new(clock: &C) -> Self {
        Self {
            principals: Door::with_clock(PRINCIPAL, clock.clone()),
            organizations: Door::with_clock(ORGANIZATION, clock.clone()),
            sources: Door::with_clock(SOURCE, clock.clone()),
            networks: Door::with_clock(NETWORK, clock.clone()),
            strangers: Door::with_clock(STRANGERS, clock.clone()),
        }
    }

    /// Whether this refusal is written. The wider budgets are asked only where the narrower one had room, so that one
    /// caller can't use up what the others need.
    pub(super) fn keeps(&self, refused: Refused<'_>) -> bool {
        match refused {
            Refused::Known(caller) => {
                self.has_room_for_principal(caller.fingerprint())
                    && self.has_room_for_organization(caller.organization())
            }
            Refused::Stranger(address, interface) => self.has_room_for_stranger(address, interface),
        }
    }

    /// One member or API client writes so many rows by being refused, and no more.
    #[enforces(RATE_PRINCIPAL, answers = true)]
    fn has_room_for_principal(&self, principal: u128) -> bool {
        self.principals.knock(&principal).is_ok()
    }

    /// One organization's members together write no more than its share, whatever they are refused.
    #[enforces(TENANT_ISOLATION, answers = true)]
    fn has_room_for_organization(&self, organization: OrganizationId) -> bool {
        self.organizations.knock(&organization).is_ok()
    }

    /// Strangers write a bounded number of rows: from one source, from one network, and all of them together (CWE-779).
    #[enforces(RATE_IP, answers = true)]
    fn has_room_for_stranger(&self, address: IpAddr, interface: Interface) -> bool {
        self.sources.knock(&address.into()).is_ok()
            && self.networks.knock(&address.into()).is_ok()
            && self.strangers.knock(&interface).is_ok()
    }

    pub(super) fn forget_idle(&self) {
        self.principals.forget_idle();
        self.organizations.forget_idle();
        self.sources.forget_idle();
        self.networks.forget_idle();
        self.strangers.forget_idle();
    }
}

#[cfg(test)]
mod tests {
    use super::{Interface, RefusalBudget, Refused, SOURCE, STRANGERS};
    use crate::limits::door::MOST_KEYS;
    use governor::clock::FakeRelativeClock;
    use std::{
        net::{IpAddr, Ipv6Addr},
        time::Duration,
    };

    /// Days.
    const YEAR: u32 = 365;

    fn rows(
        budget: &RefusalBudget<FakeRelativeClock>,
        addresses: impl Iterator<Item = IpAddr>,
        interface: Interface,
    ) -> u32 {
        addresses.map(|address| u32::from(budget.keeps(Refused::Stranger(address, interface)))).sum()
    }

    #[test]
    fn in_a_year_a_stranger_with_a_network_writes_no_more_than_one_with_an_address_may() {
        let clock = FakeRelativeClock::default();
        let budget = RefusalBudget::new(&clock);
        let (mut from_one, mut from_many) = (0, 0);
        for _ in 0..YEAR {
            // Never from the same /64 on one day, and from 164 networks.
            let address = |number: u32| {
                let (network, source) = (u128::from(number / 64), u128::from(number % 64));
                IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | network << 80 | source << 64))
            };
            from_many += rows(&budget, (0..10_500).map(address), Interface::Pages);
            for _ in 0..24 {
                let one: IpAddr = "192.0.2.1".parse().unwrap();
                from_one += rows(&budget, std::iter::repeat_n(one, 80), Interface::Api);
                clock.advance(Duration::from_secs(60 * 60));
            }
            budget.forget_idle();
            assert!(budget.sources.keys() + budget.networks.keys() <= 2 * MOST_KEYS);
        }
        assert_eq!(from_one, YEAR * 24 * SOURCE.burst, "one address, which is idle between its floods");
        let most = STRANGERS.burst + YEAR * STRANGERS.rate;
        assert!(from_many <= most, "{from_many} rows from ten thousand addresses a day");
        assert!(from_many > most / 2, "a flood is sampled, not hidden: {from_many}");
    }

    #[test]
    fn noise_at_one_interface_hides_nothing_at_the_other() {
        let budget = RefusalBudget::new(&FakeRelativeClock::default());
        let address = |number: u32| IpAddr::V4((number << 8).into());
        let noise = rows(&budget, (0..50_000).map(address), Interface::Api);
        assert_eq!(noise, STRANGERS.burst);
        assert_eq!(rows(&budget, (0..100).map(address), Interface::Pages), 100);
    }
}
