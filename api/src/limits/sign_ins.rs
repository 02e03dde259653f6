//! How often one place may sign in: in two buckets that don't know of each other (OWASP Credential Stuffing Cheat Sheet), so
//! that neither one address with many accounts nor a rented network with many addresses gets far.

use super::{
    breaker::Breaker,
    door::{Door, Quota},
    source::{Network, Source},
};
use crate::{clock::Clock, settings::LimitSettings};
use std::{net::IpAddr, time::Duration};

/// What a source gets while most attempts fail everywhere: an honest person in one or two tries, and a list of stolen
/// passwords nowhere.
const GUARDED: Quota = Quota::per_minute(1, 1);

pub(super) struct SignIns {
    sources: Door<Source>,
    networks: Door<Network>,
    guarded: Door<Source>,
    breaker: Breaker,
}

impl SignIns {
    pub(super) fn new(settings: &LimitSettings) -> Self {
        Self {
            sources: Door::new(Quota::per_minute(
                settings.sign_in_per_minute.get(),
                settings.sign_in_burst.get(),
            )),
            networks: Door::new(Quota::per_minute(
                settings.sign_in_network_per_minute.get(),
                settings.sign_in_network_burst.get(),
            )),
            guarded: Door::new(GUARDED),
            breaker: Breaker::default(),
        }
    }

    /// Counts an attempt; the network's bucket only when the source's had room, so that one address can't use up what its
    /// neighbours need.
    pub(super) fn knock(&self, address: IpAddr, known: bool) -> Result<(), Duration> {
        if !known && self.breaker.is_tripped(Clock.instant()) {
            self.guarded.knock(&Source::from(address))?;
        }
        self.sources.knock(&Source::from(address))?;
        self.networks.knock(&Network::from(address))?;
        Ok(())
    }

    pub(super) fn note(&self, succeeded: bool) {
        self.breaker.note(Clock.instant(), succeeded);
    }

    pub(super) fn forget_idle(&self) {
        self.guarded.forget_idle();
        self.sources.forget_idle();
        self.networks.forget_idle();
    }
}

#[cfg(test)]
mod tests {
    use super::SignIns;
    use crate::settings::LimitSettings;

    fn attempts(sign_ins: &SignIns, addresses: impl Iterator<Item = String>) -> usize {
        addresses.filter(|address| sign_ins.knock(address.parse().unwrap(), false).is_ok()).count()
    }

    #[test]
    fn an_address_gets_a_few_attempts_and_its_network_a_few_times_more() {
        let sign_ins = SignIns::new(&LimitSettings::default());
        assert_eq!(attempts(&sign_ins, (0..500).map(|_| "192.0.2.1".into())), 5);
        let host = |number: usize| format!("2001:db8:0:7::{number:x}");
        assert_eq!(attempts(&sign_ins, (0..500).map(host)), 5, "one /64");
        let neighbour = |number: usize| format!("198.51.100.{}", number % 250);
        assert_eq!(attempts(&sign_ins, (0..500).map(neighbour)), 25, "one /24");
        let subnet = |number: usize| format!("2001:db8:1:{number:x}::1");
        assert_eq!(attempts(&sign_ins, (0..500).map(subnet)), 25, "one /48");
        assert_eq!(attempts(&sign_ins, ["203.0.113.9".into()].into_iter()), 1);
    }

    #[test]
    fn while_most_fail_a_source_gets_one_attempt_and_a_known_browser_all() {
        let sign_ins = SignIns::new(&LimitSettings::default());
        (0..60).for_each(|_| sign_ins.note(false));
        assert_eq!(attempts(&sign_ins, (0..5).map(|_| "192.0.2.1".into())), 1);
        assert!((0..3).all(|_| sign_ins.knock("192.0.2.2".parse().unwrap(), true).is_ok()));
    }
}
