//! What waits to be written, in a lane for each organization.
//!
//! The writer takes from all lanes in turn, and a lane has an end: whoever sends a flood waits for it alone. Refusals have
//! lanes beside those of the work that is recorded, and much shorter ones, because they are what a flood is made of.

use crate::ids::OrganizationId;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};
use tokio::sync::Notify;

/// Events of one organization's work that may wait.
const WORK: usize = 512;
/// The same of all organizations: memory is bounded.
const ALL_WORK: usize = 4096;
/// Refusals of one organization's members, or of strangers, that may wait.
const REFUSALS: usize = 64;
/// The same of everybody.
const ALL_REFUSALS: usize = 512;

/// Where an event waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// With what an organization's members do; none for what belongs to no organization.
    Work(Option<OrganizationId>),
    /// With what they were refused.
    Refusals(Option<OrganizationId>),
}

/// Why an event can't wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejected {
    /// Its lane, or all room of its kind, is full.
    Full,
    /// Nobody writes any more.
    Closed,
}

/// The lanes.
pub(super) struct Queue<T> {
    lanes: Mutex<Lanes<T>>,
    filled: Notify,
}

struct Lanes<T> {
    waiting: HashMap<Lane, VecDeque<T>>,
    /// The lanes in which something waits, in the order in which they are served.
    turns: VecDeque<Lane>,
    work: usize,
    refusals: usize,
    is_closed: bool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        let lanes =
            Lanes { waiting: HashMap::new(), turns: VecDeque::new(), work: 0, refusals: 0, is_closed: false };
        Self { lanes: Mutex::new(lanes), filled: Notify::new() }
    }
}

impl<T> Queue<T> {
    /// Adds to a lane.
    pub(super) fn push(&self, lane: Lane, entry: T) -> Result<(), Rejected> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.is_closed {
            return Err(Rejected::Closed);
        }
        lanes.push(lane, entry)?;
        drop(lanes);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits until there is something, and takes at most so many: one of each lane in turn. Takes nothing when the queue
    /// was closed and everything was taken.
    pub(super) async fn take(&self, most: usize, into: &mut Vec<T>) {
        loop {
            {
                let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
                lanes.take(most, into);
                if !into.is_empty() || lanes.is_closed {
                    return;
                }
            }
            self.filled.notified().await;
        }
    }

    /// Takes nothing in any more.
    pub(super) fn close(&self) {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        self.filled.notify_one();
    }
}

impl<T> Lanes<T> {
    fn push(&mut self, lane: Lane, entry: T) -> Result<(), Rejected> {
        let (all, share, room) = match lane {
            Lane::Work(_) => (&mut self.work, WORK, ALL_WORK),
            Lane::Refusals(_) => (&mut self.refusals, REFUSALS, ALL_REFUSALS),
        };
        if *all >= room || self.waiting.get(&lane).is_some_and(|waiting| waiting.len() >= share) {
            return Err(Rejected::Full);
        }
        *all += 1;
        let waiting = self.waiting.entry(lane).or_default();
        if waiting.is_empty() {
            self.turns.push_back(lane);
        }
        waiting.push_back(entry);
        Ok(())
    }

    fn take(&mut self, most: usize, into: &mut Vec<T>) {
        while into.len() < most
            && let Some(lane) = self.turns.pop_front()
        {
            let Some(waiting) = self.waiting.get_mut(&lane) else { continue };
            if let Some(entry) = waiting.pop_front() {
                into.push(entry);
                match lane {
                    Lane::Work(_) => self.work = self.work.saturating_sub(1),
                    Lane::Refusals(_) => self.refusals = self.refusals.saturating_sub(1),
                }
            }
            if waiting.is_empty() {
                self.waiting.remove(&lane);
            } else {
                self.turns.push_back(lane);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL_WORK, Lane, Queue, REFUSALS, Rejected, WORK};
    use crate::ids::OrganizationId;

    fn organization() -> Lane {
        Lane::Work(Some(OrganizationId::random()))
    }

    #[tokio::test]
    async fn whoever_floods_waits_alone() {
        let (queue, a, b) = (Queue::default(), organization(), organization());
        let taken = (0..10_000).filter(|_| queue.push(a, 'a').is_ok()).count();
        assert_eq!(taken, WORK);
        queue.push(b, 'b').unwrap();
        let mut batch = Vec::new();
        queue.take(4, &mut batch).await;
        assert_eq!(batch, ['a', 'b', 'a', 'a'], "the neighbour is served in the first turn");
        assert!(queue.push(a, 'a').is_ok(), "there is room again");
    }

    #[tokio::test]
    async fn refusals_take_nothing_from_the_work() {
        let queue = Queue::default();
        let mut refused = 0;
        for number in 0..100 {
            let lane = Lane::Refusals((number > 0).then(OrganizationId::random));
            refused += (0..1000).filter(|_| queue.push(lane, "refused").is_ok()).count();
        }
        assert_eq!(refused, 8 * REFUSALS);
        for _ in 0..WORK {
            queue.push(Lane::Work(None), "done").unwrap();
        }
        let mut batch = Vec::new();
        queue.take(9, &mut batch).await;
        assert_eq!(batch.iter().filter(|entry| **entry == "done").count(), 1, "one lane of nine");
    }

    #[tokio::test]
    async fn memory_is_bounded_and_a_closed_queue_ends() {
        let queue = Queue::default();
        let taken: usize = (0..50).map(|_| organization()).map(|lane| fill(&queue, lane)).sum();
        assert_eq!(taken, ALL_WORK);
        queue.close();
        assert_eq!(queue.push(organization(), 0), Err(Rejected::Closed));
        let mut all = Vec::new();
        queue.take(usize::MAX, &mut all).await;
        assert_eq!(all.len(), ALL_WORK, "what was taken in is written");
        all.clear();
        queue.take(1, &mut all).await;
        assert!(all.is_empty());
    }

    fn fill(queue: &Queue<i32>, lane: Lane) -> usize {
        (0..1000).filter(|_| queue.push(lane, 0).is_ok()).count()
    }
}
