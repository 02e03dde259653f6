//! Remembers verified tokens: a signature costs more than everything else that is done for a request.
//!
//! One map per worker thread, so that no lock is taken. Bounded, dropped at expiry, and emptied as a whole when any
//! issuer's keys change (the epoch), so that a withdrawn key takes its tokens with it.

use super::caller::Caller;
use aws_lc_rs::digest;
use std::{cell::RefCell, collections::HashMap};

/// At most so many tokens are remembered by each worker (about 5 MiB).
const CAPACITY: usize = 10_000;

/// SHA-256 of a token: the token itself is a secret and is not kept.
pub(super) type Digest = [u8; 32];

pub(super) fn digest(token: &str) -> Digest {
    let mut bytes = Digest::default();
    bytes.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    bytes
}

#[derive(Default)]
struct Memory {
    epoch: u64,
    callers: HashMap<Digest, Caller>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

pub(super) fn recall(digest: &Digest, epoch: u64, now: i64) -> Option<Caller> {
    MEMORY.with_borrow_mut(|memory| {
        if memory.epoch != epoch {
            memory.callers.clear();
            memory.epoch = epoch;
        }
        let caller = memory.callers.get(digest)?;
        if super::token::is_expired(caller.expires(), now) {
            memory.callers.remove(digest);
            return None;
        }
        Some(caller.clone())
    })
}

/// Remembers a caller verified under `epoch`; forgets it at once if the keys changed meanwhile.
pub(super) fn remember(digest: Digest, epoch: u64, now: i64, caller: &Caller) {
    MEMORY.with_borrow_mut(|memory| {
        if memory.epoch != epoch {
            return;
        }
        if memory.callers.len() >= CAPACITY {
            memory.callers.retain(|_, caller| !super::token::is_expired(caller.expires(), now));
        }
        if memory.callers.len() >= CAPACITY {
            memory.callers.clear();
        }
        memory.callers.insert(digest, caller.clone());
    });
}
