//! What many use at once, and how much of it one of them may hold.
//!
//! A rate bounds how often somebody comes, not how long they stay: who comes seldom and never leaves holds everything in
//! the end. So whatever is held while somebody outside takes their time (a delivery, a file on its way, a question to an
//! upstream, a connection) is handed out from a pool of places with a share for each holder. However one of them behaves,
//! the rest of the pool is the others'.

use crate::protection::TENANT_ISOLATION;
use brigandine_enforce::enforces;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Holders that are remembered before those who hold nothing are forgotten.
const FEW: usize = 64;

/// A pool of places. Cheap to clone.
pub struct Shares<K>(Arc<Pool<K>>);

struct Pool<K> {
    bound: fn(usize) -> Option<usize>,
    all: Arc<Semaphore>,
    most: usize,
    holders: Mutex<Holders<K>>,
}

struct Holders<K> {
    /// The places that each may hold at once, less those that they do.
    shares: HashMap<K, (Arc<Semaphore>, usize)>,
    /// Forget the idle at this size.
    full: usize,
}

/// A place, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Share {
    _all: OwnedSemaphorePermit,
    _own: [Option<OwnedSemaphorePermit>; 2],
}

/// There is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// The holder has their share.
    #[error("the holder has their whole share")]
    Own,
    /// Everything is taken.
    #[error("every place is taken")]
    All,
}

/// An organization holds its share of what all use and no more, so that nobody waits for another's people (CWE-770).
#[enforces(TENANT_ISOLATION, answers = None)]
pub fn share_of_tenant(share: usize) -> Option<usize> {
    Some(share)
}

impl<K> Clone for Shares<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Copy + Eq + Hash> Shares<K> {
    /// So many places, and what binds each holder to their share: [`share_of_tenant`], or a function like it.
    #[must_use]
    pub fn of(most: usize, bound: fn(usize) -> Option<usize>) -> Self {
        let holders = Mutex::new(Holders { shares: HashMap::new(), full: FEW });
        Self(Arc::new(Pool { bound, all: Arc::new(Semaphore::new(most)), most, holders }))
    }

    /// A place for a holder who may have so many.
    ///
    /// # Errors
    /// [`Taken`].
    pub fn try_take(&self, holder: K, share: usize) -> Result<Share, Taken> {
        self.try_take_for([Some((holder, share)), None])
    }

    /// A place for a holder who counts as two: as itself and as one of a group. Whoever is `None` is not counted.
    ///
    /// # Errors
    /// [`Taken`].
    pub fn try_take_for(&self, holders: [Option<(K, usize)>; 2]) -> Result<Share, Taken> {
        let own = holders.map(|holder| {
            let Some(own) = self.own(holder) else { return Ok(None) };
            own.try_acquire_owned().map(Some).map_err(|_| Taken::Own)
        });
        let [first, second] = own;
        let own = [first?, second?];
        let all = Arc::clone(&self.0.all).try_acquire_owned().map_err(|_| Taken::All)?;
        Ok(Share { _all: all, _own: own })
    }

    /// Waits for a place: for one of the holder's first, so that the queue in front of the pool is shared too.
    pub async fn take(&self, holder: Option<(K, usize)>) -> Option<Share> {
        let own = match self.own(holder) {
            Some(own) => Some(own.acquire_owned().await.ok()?),
            None => None,
        };
        let all = Arc::clone(&self.0.all).acquire_owned().await.ok()?;
        Some(Share { _all: all, _own: [own, None] })
    }

    /// How many places are free.
    #[must_use]
    pub fn free(&self) -> usize {
        self.0.all.available_permits()
    }

    /// How many places there are.
    #[must_use]
    pub fn most(&self) -> usize {
        self.0.most
    }

    /// How many places this holder has.
    #[must_use]
    pub fn held(&self, holder: K) -> usize {
        let holders = self.0.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((own, share)) = holders.shares.get(&holder) else { return 0 };
        share.saturating_sub(own.available_permits())
    }

    /// The holders of so many places or more.
    #[must_use]
    pub fn holders_of(&self, places: usize) -> Vec<K> {
        let holders = self.0.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |(own, share): &(Arc<Semaphore>, usize)| share.saturating_sub(own.available_permits());
        holders.shares.iter().filter(|(_, own)| has(own) >= places).map(|(key, _)| *key).collect()
    }

    /// What is left of a holder's share; `None` for who is not bound by one.
    fn own(&self, holder: Option<(K, usize)>) -> Option<Arc<Semaphore>> {
        let (holder, share) = holder?;
        let share = (self.0.bound)(share)?;
        let mut holders = self.0.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((own, _)) = holders.shares.get(&holder) {
            return Some(Arc::clone(own));
        }
        if holders.shares.len() >= holders.full {
            // A permit, and whoever waits for one, has a handle of its own.
            holders.shares.retain(|_, (own, _)| Arc::strong_count(own) > 1);
            holders.full = holders.shares.len().saturating_mul(2).max(FEW);
        }
        let own = Arc::new(Semaphore::new(share));
        holders.shares.insert(holder, (Arc::clone(&own), share));
        Some(own)
    }
}

impl<K> std::fmt::Debug for Shares<K> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Shares({} of {} free)", self.0.all.available_permits(), self.0.most)
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, Share, Shares, Taken};
    use futures_util::FutureExt;

    fn all_of(pool: &Shares<u32>, holder: u32, share: usize) -> Vec<Share> {
        (0..100).map_while(|_| pool.try_take(holder, share).ok()).collect()
    }

    #[test]
    fn whoever_never_leaves_holds_a_share_and_no_more() {
        let pool = Shares::of(10, Some);
        let stuck = all_of(&pool, 1, 4);
        assert_eq!((stuck.len(), pool.held(1), pool.free()), (4, 4, 6));
        assert_eq!(pool.try_take(1, 4).unwrap_err(), Taken::Own);
        let other = all_of(&pool, 2, 4);
        assert_eq!(other.len(), 4);
        assert_eq!(pool.holders_of(4).len(), 2);
        let third = all_of(&pool, 3, 4);
        assert_eq!((third.len(), pool.free()), (2, 0));
        assert_eq!(pool.try_take(3, 4).unwrap_err(), Taken::All);
        drop(stuck);
        assert_eq!((pool.held(1), pool.free()), (0, 4), "everything comes back");
        assert_eq!(all_of(&pool, 3, 4).len(), 2);
        assert_eq!(all_of(&pool, 1, 4).len(), 4);
    }

    #[test]
    fn a_group_has_a_share_too_and_a_refusal_takes_nothing() {
        let pool = Shares::of(100, Some);
        let take = |member: u32| pool.try_take_for([Some((member, 3)), Some((1000, 5))]);
        let held: Vec<_> = [1, 1, 1, 2, 2].into_iter().map(|member| take(member).unwrap()).collect();
        assert_eq!(take(1).unwrap_err(), Taken::Own);
        assert_eq!(take(3).unwrap_err(), Taken::Own);
        assert_eq!((pool.held(1), pool.held(3), pool.held(1000), pool.free()), (3, 0, 5, 95));
        drop(held);
        assert_eq!(pool.free(), 100);
    }

    #[tokio::test]
    async fn the_queue_is_shared_too() {
        let pool = Shares::of(2, Some);
        let first = pool.take(Some((1, 1))).await.unwrap();
        let mut crowd: Vec<_> = (0..50).map(|_| Box::pin(pool.take(Some((1, 1))))).collect();
        assert!(crowd.iter_mut().all(|one| one.now_or_never().is_none()));
        let other = pool.take(Some((2, 1))).now_or_never();
        assert!(other.is_some(), "fifty who wait for their own share wait in nobody's way");
        drop(first);
        assert!(crowd.remove(0).now_or_never().is_some());
    }

    #[test]
    fn who_holds_nothing_is_forgotten() {
        let pool = Shares::of(10, Some);
        let kept = pool.try_take(0, 1).unwrap();
        for holder in 1..10_000 {
            drop(pool.try_take(holder, 1).unwrap());
        }
        let remembered = pool.0.holders.lock().unwrap().shares.len();
        assert!(remembered <= FEW + 1, "{remembered}");
        assert_eq!(pool.held(0), 1);
        drop(kept);
    }
}
