//! Deposits: what is taken before something costly is verified, and given back when it turns out to be genuine.
//!
//! Whoever has proven nothing yet may be a forger, so nothing is verified without a deposit, and forgeries are bounded by
//! how many deposits there are. But honest people are no strangers for being new: theirs come back, so that any number of
//! them behind one address never use it up.

use super::door::{Door, Quota};
use crate::clock::Clock;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::Notify, time};

/// How long somebody waits for the deposits of others to come back, when all are taken.
const PATIENCE: Duration = Duration::from_secs(5);

/// The deposits of one kind.
pub(super) struct Deposits<K: Hash + Eq + Clone> {
    door: Door<K>,
    holders: Mutex<HashMap<K, Holder>>,
    settled: Notify,
}

/// What one key has taken and was given back. The bucket itself takes nothing back, so what came back lies here.
struct Holder {
    /// Deposits that are still out.
    out: u32,
    /// Deposits that came back, and are not taken again yet.
    back: u32,
    /// When one last came back.
    touched: Instant,
}

/// What came of asking for a deposit.
enum Asked {
    Taken,
    /// None is left, but some may come back.
    Wait,
    Refused(Duration),
}

impl<K: Hash + Eq + Clone + std::fmt::Debug + Send + Sync + 'static> Deposits<K> {
    pub(super) fn new(quota: Quota) -> Arc<Self> {
        Arc::new(Self { door: Door::new(quota), holders: Mutex::default(), settled: Notify::new() })
    }

    /// Counts what can't be genuine, or is not given back in any case.
    pub(super) fn knock(&self, key: &K) -> Result<(), Duration> {
        self.door.knock(key).map(drop)
    }

    /// Takes a deposit. When none is left, but others of the same key are being verified at this moment, waits for them:
    /// a crowd of honest people who come at once is served one after the other.
    pub(super) async fn take(self: &Arc<Self>, key: K) -> Result<Deposit<K>, Duration> {
        let deadline = time::Instant::now() + PATIENCE;
        loop {
            // Before asking, so that no settlement between asking and waiting is missed.
            let mut settled = std::pin::pin!(self.settled.notified());
            settled.as_mut().enable();
            match self.ask(&key) {
                Asked::Taken => return Ok(Deposit { deposits: Arc::clone(self), key, returned: false }),
                Asked::Refused(wait) => return Err(wait),
                Asked::Wait => {
                    if time::timeout_at(deadline, settled).await.is_err() {
                        return Err(Duration::from_secs(1));
                    }
                }
            }
        }
    }

    fn ask(&self, key: &K) -> Asked {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = self.door.knock(key);
        let Some(holder) = holders.get_mut(key) else {
            return match verdict {
                Ok(_) => {
                    holders.insert(key.clone(), Holder { out: 1, back: 0, touched: Clock.instant() });
                    Asked::Taken
                }
                Err(wait) => Asked::Refused(wait),
            };
        };
        match verdict {
            Ok(left) => {
                holder.out = holder.out.saturating_add(1);
                // All together are never more than the burst: what flowed into the bucket meanwhile takes the place of
                // what came back.
                let elsewhere = left.saturating_add(holder.out);
                holder.back = holder.back.min(self.door.quota().burst.saturating_sub(elsewhere));
                Asked::Taken
            }
            Err(wait) => match holder.back.checked_sub(1) {
                Some(back) => {
                    holder.out = holder.out.saturating_add(1);
                    holder.back = back;
                    Asked::Taken
                }
                None if holder.out > 0 => Asked::Wait,
                None => Asked::Refused(wait),
            },
        }
    }

    fn settle(&self, key: &K, returned: bool) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(holder) = holders.get_mut(key) {
            holder.out = holder.out.saturating_sub(1);
            holder.back = holder.back.saturating_add(u32::from(returned));
            holder.touched = Clock.instant();
            if holder.out == 0 && holder.back == 0 {
                holders.remove(key);
            }
        }
        drop(holders);
        self.settled.notify_waiters();
    }

    /// How many keys are kept in mind.
    pub(super) fn keys(&self) -> usize {
        self.door.keys()
    }

    /// Forgets whoever rested for so long that the bucket has filled up by itself.
    pub(super) fn forget_idle(&self) {
        self.door.forget_idle();
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, refill) = (Clock.instant(), Duration::from_secs(self.door.refill_seconds(0)));
        holders.retain(|_, holder| holder.out > 0 || now.saturating_duration_since(holder.touched) < refill);
        holders.shrink_to_fit();
    }
}

/// A deposit that is out. It is lost unless it is given back.
#[must_use = "a deposit that is dropped is lost"]
pub(super) struct Deposit<K: Hash + Eq + Clone + std::fmt::Debug + Send + Sync + 'static> {
    deposits: Arc<Deposits<K>>,
    key: K,
    returned: bool,
}

impl<K: Hash + Eq + Clone + std::fmt::Debug + Send + Sync + 'static> Deposit<K> {
    /// Gives it back: whoever paid it is genuine.
    pub(super) fn give_back(mut self) {
        self.returned = true;
    }
}

impl<K: Hash + Eq + Clone + std::fmt::Debug + Send + Sync + 'static> Drop for Deposit<K> {
    fn drop(&mut self) {
        self.deposits.settle(&self.key, self.returned);
    }
}

#[cfg(test)]
mod tests {
    use super::{Deposits, Quota};
    use futures_util::future::join_all;
    use std::sync::Arc;

    /// One in a day, so that nothing flows back while a test runs.
    fn deposits() -> Arc<Deposits<u8>> {
        Deposits::new(Quota::per_day(1, 20))
    }

    #[tokio::test]
    async fn any_number_of_honest_callers_use_nothing_up() {
        let deposits = deposits();
        for _ in 0..1000 {
            deposits.take(1).await.ok().unwrap().give_back();
        }
        // All at once: those beyond the twentieth wait for the others.
        let together = (0..500).map(|_| async {
            let deposit = deposits.take(1).await.ok().unwrap();
            tokio::task::yield_now().await;
            deposit.give_back();
        });
        join_all(together).await;
    }

    #[tokio::test]
    async fn forgers_get_the_burst_and_no_more_whoever_else_comes() {
        let deposits = deposits();
        let mut forged = 0;
        for number in 0..200 {
            if number % 2 == 0
                && let Ok(honest) = deposits.take(1).await
            {
                honest.give_back();
            }
            forged += usize::from(deposits.take(1).await.is_ok());
        }
        assert_eq!(forged, 20);
        let together = (0..200).map(|_| async {
            let taken = deposits.take(2).await;
            tokio::task::yield_now().await;
            taken.is_ok()
        });
        assert_eq!(join_all(together).await.into_iter().filter(|taken| *taken).count(), 20, "all at once");
    }

    #[tokio::test]
    async fn nothing_is_kept_of_whoever_is_gone() {
        let deposits = deposits();
        for key in 0..200 {
            drop(deposits.take(key).await.ok().unwrap());
        }
        assert_eq!(deposits.holders.lock().unwrap().len(), 0);
        let quick = Deposits::new(Quota::per_minute(u32::MAX, 20));
        quick.take(1).await.ok().unwrap().give_back();
        quick.forget_idle();
        assert_eq!(quick.holders.lock().unwrap().len(), 0, "its bucket is full again");
        deposits.take(1).await.ok().unwrap().give_back();
        deposits.forget_idle();
        assert_eq!(deposits.holders.lock().unwrap().len(), 1, "its bucket is not");
    }
}
