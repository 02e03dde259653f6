//! The door to the limiter. Which crate stands behind it is a build choice: actix-governor by default, which is
//! GPL-3.0-or-later, or governor alone, which is MIT. Both are the same token bucket (GCRA).

use governor::{
    RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use std::{hash::Hash, num::NonZeroU32, sync::Arc, time::Duration};

/// A rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    /// How many a minute, in the long run.
    pub(super) per_minute: u32,
    /// How many at once.
    pub(super) burst: u32,
}

/// A rate that is told in hours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hourly(pub(super) u32);

impl Hourly {
    fn period(self) -> Duration {
        Duration::from_secs(60 * 60) / self.0.max(1)
    }
}

impl Quota {
    /// The time that one request takes to be forgiven.
    fn period(self) -> Duration {
        Duration::from_secs(60) / self.per_minute.max(1)
    }

    fn burst(self) -> NonZeroU32 {
        NonZeroU32::new(self.burst).unwrap_or(NonZeroU32::MIN)
    }
}

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// Counts requests by key.
pub(super) struct Door<K: Hash + Eq + Clone> {
    quota: Quota,
    limiter: Arc<Limiter<K>>,
}

impl<K: Hash + Eq + Clone + std::fmt::Debug + Send + Sync + 'static> Door<K> {
    pub(super) fn new(quota: Quota) -> Self {
        Self { quota, limiter: limiter(quota.period(), quota.burst()) }
    }

    pub(super) fn hourly(rate: Hourly) -> Self {
        let quota = Quota { per_minute: 1, burst: rate.0 };
        Self { quota, limiter: limiter(rate.period(), quota.burst()) }
    }

    pub(super) const fn quota(&self) -> Quota {
        self.quota
    }

    /// How many more may come at once, or how long to wait.
    pub(super) fn knock(&self, key: &K) -> Result<u32, Duration> {
        match self.limiter.check_key(key) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(refused) => Err(refused.wait_time_from(self.limiter.clock().now())),
        }
    }

    /// Whether so many may come at once, or how long to wait. More than the whole burst never may.
    pub(super) fn knock_often(&self, key: &K, often: NonZeroU32) -> Result<(), Duration> {
        match self.limiter.check_key_n(key, often) {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(refused)) => Err(refused.wait_time_from(self.limiter.clock().now())),
            Err(_) => Err(self.quota.period() * self.quota.burst),
        }
    }

    /// Seconds until the whole burst is there again.
    pub(super) fn refill_seconds(&self, left: u32) -> u64 {
        (self.quota.period() * self.quota.burst.saturating_sub(left)).as_secs()
    }

    pub(super) fn forget_idle(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(feature = "actix-governor")]
fn limiter<K: Hash + Eq + Clone + std::fmt::Debug + Send + Sync + 'static>(
    period: Duration,
    burst: NonZeroU32,
) -> Arc<Limiter<K>> {
    use actix_governor::{GovernorConfigBuilder, KeyExtractor, SimpleKeyExtractionError};

    /// Keys are handed to the door; none is taken from a request, whose peer address may be a proxy's.
    struct Handed<K>(std::marker::PhantomData<K>);

    impl<K> Clone for Handed<K> {
        fn clone(&self) -> Self {
            Self(std::marker::PhantomData)
        }
    }

    impl<K: Hash + Eq + Clone + std::fmt::Debug + Send + Sync + 'static> KeyExtractor for Handed<K> {
        type Key = K;
        type KeyExtractionError = SimpleKeyExtractionError<&'static str>;

        fn extract(&self, _: &actix_web::dev::ServiceRequest) -> Result<K, Self::KeyExtractionError> {
            Err(SimpleKeyExtractionError::new("keys are handed to the door"))
        }
    }

    GovernorConfigBuilder::default()
        .period(period)
        .burst_size(burst.get())
        .key_extractor(Handed(std::marker::PhantomData))
        .use_headers()
        .finish()
        .map_or_else(|| plain(period, burst), |config| config.limiter())
}

#[cfg(not(feature = "actix-governor"))]
fn limiter<K: Hash + Eq + Clone>(period: Duration, burst: NonZeroU32) -> Arc<Limiter<K>> {
    plain(period, burst)
}

fn plain<K: Hash + Eq + Clone>(period: Duration, burst: NonZeroU32) -> Arc<Limiter<K>> {
    let rate = governor::Quota::with_period(period)
        .unwrap_or_else(|| governor::Quota::per_minute(NonZeroU32::MIN))
        .allow_burst(burst);
    Arc::new(RateLimiter::dashmap_with_clock(rate, DefaultClock::default()).with_middleware())
}
