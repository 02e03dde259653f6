//! How often one place may cause mails. Each of them may go to another stranger, so the limits of addresses do not help: who
//! sends them is the service, and it is its name that suffers.

use super::{
    door::{Door, Quota},
    source::{Network, Source},
};
use crate::settings::LimitSettings;
use std::{net::IpAddr, num::NonZeroU32, time::Duration};

pub(super) struct Mails {
    sources: Door<Source>,
    networks: Door<Network>,
}

impl Mails {
    pub(super) fn new(settings: &LimitSettings) -> Self {
        let hourly = |rate: NonZeroU32| Quota::per_hour(rate.get(), rate.get());
        Self {
            sources: Door::new(hourly(settings.mail_per_hour)),
            networks: Door::new(hourly(settings.mail_network_per_hour)),
        }
    }

    /// Counts a request; the network's bucket only when the source's had room, so that one address can't use up what its
    /// neighbours need.
    pub(super) fn knock(&self, address: IpAddr) -> Result<(), Duration> {
        self.sources.knock(&Source::from(address))?;
        self.networks.knock(&Network::from(address))?;
        Ok(())
    }

    pub(super) fn forget_idle(&self) {
        self.sources.forget_idle();
        self.networks.forget_idle();
    }
}

#[cfg(test)]
mod tests {
    use super::Mails;
    use crate::settings::LimitSettings;

    fn taken(mails: &Mails, addresses: impl Iterator<Item = String>) -> usize {
        addresses.filter(|address| mails.knock(address.parse().unwrap()).is_ok()).count()
    }

    #[test]
    fn a_source_causes_twenty_mails_and_its_network_ten_times_as_many() {
        let mails = Mails::new(&LimitSettings::default());
        assert_eq!(taken(&mails, (0..500).map(|_| "192.0.2.1".into())), 20);
        assert_eq!(taken(&mails, (0..500).map(|n| format!("2001:db8:0:7::{n:x}"))), 20, "one /64");
        assert_eq!(taken(&mails, (0..500).map(|n| format!("198.51.100.{}", n % 250))), 200, "one /24");
        assert_eq!(taken(&mails, (0..500).map(|n| format!("2001:db8:1:{n:x}::1"))), 200, "one /48");
        assert_eq!(taken(&mails, ["203.0.113.9".into()].into_iter()), 1);
    }
}
