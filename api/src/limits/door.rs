//! The door to the limiter. Which crate stands behind it is a build choice: actix-governor by default, which is
//! GPL-3.0-or-later, or governor alone, which is MIT. Both are the same token bucket (GCRA).

use governor::{
    RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use std::{
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Keys that one door keeps apart (about 6 MiB). Strangers choose their addresses: without a bound they would choose how
/// much memory the service has left.
pub(super) const MOST_KEYS: usize = 131_072;

/// A rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    /// How many in the window, in the long run.
    pub(super) rate: u32,
    /// The window.
    pub(super) window: Duration,
    /// How many at once.
    pub(super) burst: u32,
}

impl Quota {
    pub(super) const fn per_minute(rate: u32, burst: u32) -> Self {
        Self { rate, window: MINUTE, burst }
    }

    pub(super) const fn per_hour(rate: u32, burst: u32) -> Self {
        Self { rate, window: HOUR, burst }
    }

    pub(super) const fn per_day(rate: u32, burst: u32) -> Self {
        Self { rate, window: DAY, burst }
    }

    /// The time that one request takes to be forgiven.
    fn period(self) -> Duration {
        self.window / self.rate.max(1)
    }

    fn burst(self) -> NonZeroU32 {
        NonZeroU32::new(self.burst).unwrap_or(NonZeroU32::MIN)
    }
}

type Limiter<K, C> = RateLimiter<K, DefaultKeyedStateStore<K>, C, StateInformationMiddleware>;

/// Counts requests by key.
///
/// While more keys are live than are kept apart, all keys share buckets of the same size, by lot: then some wait for others,
/// but nobody gets more, and the memory stays what it is.
pub(super) struct Door<K: Hash + Eq + Clone, C: Clock = DefaultClock> {
    quota: Quota,
    clock: C,
    limiter: Arc<Limiter<K, C>>,
    shared: Limiter<u16, C>,
    lot: RandomState,
    /// At least as many keys as `limiter` holds.
    keys: AtomicUsize,
    is_crowded: AtomicBool,
}

impl<K: Hash + Eq + Clone + std::fmt::Debug + Send + Sync + 'static> Door<K> {
    pub(super) fn new(quota: Quota) -> Self {
        Self::behind(quota, limiter(quota), DefaultClock::default())
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Door<K, C> {
    /// With another clock, for tests that don't wait.
    pub(super) fn with_clock(quota: Quota, clock: C) -> Self {
        Self::behind(quota, Arc::new(plain(quota, clock.clone())), clock)
    }

    fn behind(quota: Quota, limiter: Arc<Limiter<K, C>>, clock: C) -> Self {
        Self {
            quota,
            limiter,
            shared: plain(quota, clock.clone()),
            clock,
            lot: RandomState::new(),
            keys: AtomicUsize::new(0),
            is_crowded: AtomicBool::new(false),
        }
    }

    pub(super) const fn quota(&self) -> Quota {
        self.quota
    }

    /// How many more may come at once, or how long to wait.
    pub(super) fn knock(&self, key: &K) -> Result<u32, Duration> {
        let verdict = if self.is_crowded.load(Ordering::Relaxed) {
            self.shared.check_key(&self.drawn(key))
        } else {
            self.limiter.check_key(key)
        };
        match verdict {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                // A whole burst less this one: a key that was not there, or that could be forgotten.
                if left.saturating_add(1) >= self.quota.burst {
                    self.note_newcomer();
                }
                Ok(left)
            }
            Err(refused) => Err(refused.wait_time_from(self.clock.now())),
        }
    }

    /// Whether so many may come at once, or how long to wait. More than the whole burst never may.
    pub(super) fn knock_often(&self, key: &K, often: NonZeroU32) -> Result<(), Duration> {
        let verdict = if self.is_crowded.load(Ordering::Relaxed) {
            self.shared.check_key_n(&self.drawn(key), often)
        } else {
            self.limiter.check_key_n(key, often)
        };
        match verdict {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(refused)) => Err(refused.wait_time_from(self.clock.now())),
            Err(_) => Err(self.quota.period() * self.quota.burst),
        }
    }

    /// Seconds until the whole burst is there again.
    pub(super) fn refill_seconds(&self, left: u32) -> u64 {
        (self.quota.period() * self.quota.burst.saturating_sub(left)).as_secs()
    }

    /// Forgets every key whose whole burst is there again.
    pub(super) fn forget_idle(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
        let left = self.limiter.len();
        self.keys.store(left, Ordering::Relaxed);
        // Half of the room has to be free, so that the next sweep is far away.
        let crowded = left > MOST_KEYS / 2;
        self.is_crowded.store(crowded, Ordering::Relaxed);
        if !crowded {
            self.shared.retain_recent();
            self.shared.shrink_to_fit();
        }
    }

    fn note_newcomer(&self) {
        if !self.is_crowded.load(Ordering::Relaxed)
            && self.keys.fetch_add(1, Ordering::Relaxed).saturating_add(1) == MOST_KEYS
        {
            self.forget_idle();
        }
    }

    /// The shared bucket of a key. Drawn with a secret of this process, so that nobody can aim at another's.
    fn drawn(&self, key: &K) -> u16 {
        let [first, second, ..] = self.lot.hash_one(key).to_be_bytes();
        u16::from_be_bytes([first, second])
    }

    /// How many buckets there are.
    pub(super) fn keys(&self) -> usize {
        self.limiter.len().saturating_add(self.shared.len())
    }
}

#[cfg(feature = "actix-governor")]
fn limiter<K: Hash + Eq + Clone + std::fmt::Debug + Send + Sync + 'static>(
    quota: Quota,
) -> Arc<Limiter<K, DefaultClock>> {
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
        .period(quota.period())
        .burst_size(quota.burst().get())
        .key_extractor(Handed(std::marker::PhantomData))
        .use_headers()
        .finish()
        .map_or_else(|| Arc::new(plain(quota, DefaultClock::default())), |config| config.limiter())
}

#[cfg(not(feature = "actix-governor"))]
fn limiter<K: Hash + Eq + Clone>(quota: Quota) -> Arc<Limiter<K, DefaultClock>> {
    Arc::new(plain(quota, DefaultClock::default()))
}

fn plain<K: Hash + Eq + Clone, C: Clock>(quota: Quota, clock: C) -> Limiter<K, C> {
    let rate = governor::Quota::with_period(quota.period())
        .unwrap_or_else(|| governor::Quota::per_minute(NonZeroU32::MIN))
        .allow_burst(quota.burst());
    RateLimiter::dashmap_with_clock(rate, clock).with_middleware()
}

#[cfg(test)]
mod tests {
    use super::{Door, MOST_KEYS, Quota};
    use governor::clock::FakeRelativeClock;
    use std::time::Duration;

    #[test]
    fn a_million_keys_take_the_room_of_a_few_and_nobody_gets_more() {
        let clock = FakeRelativeClock::default();
        let door = Door::with_clock(Quota::per_minute(60, 20), clock.clone());
        let regular = u64::MAX;
        assert!((0..20).all(|_| door.knock(&regular).is_ok()));
        let mut most = 0;
        for key in 0..1_000_000_u64 {
            let _ = door.knock(&key);
            if key % 10_000 == 0 {
                most = most.max(door.keys());
            }
        }
        let most = most.max(door.keys());
        assert!(most <= MOST_KEYS + usize::from(u16::MAX) + 1, "{most} keys");
        let one = 5_u64;
        assert!((0..100).filter(|_| door.knock(&one).is_ok()).count() <= 20, "a shared bucket is no larger");

        clock.advance(Duration::from_secs(60));
        door.forget_idle();
        assert_eq!(door.keys(), 0, "whoever rests is forgotten");
        assert_eq!((0..100).filter(|_| door.knock(&regular).is_ok()).count(), 20, "and has a bucket again");
    }

    #[test]
    fn callers_who_come_and_go_never_crowd_a_door() {
        let clock = FakeRelativeClock::default();
        let door = Door::with_clock(Quota::per_minute(60, 20), clock.clone());
        for key in 0..600_000_u64 {
            assert_eq!(door.knock(&key), Ok(19));
            if key % 1000 == 999 {
                clock.advance(Duration::from_secs(1));
            }
        }
        assert!(!door.is_crowded.load(std::sync::atomic::Ordering::Relaxed));
        assert!(door.keys() <= MOST_KEYS);
    }
}
