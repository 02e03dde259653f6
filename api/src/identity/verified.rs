//! Remembers verified tokens: a signature costs more than everything else that is done for a request.
//!
//! One memory for the whole process: what one worker has verified, no other verifies again. Bounded, dropped at expiry, and
//! emptied when any issuer's keys change (the epoch), so that a withdrawn key takes its tokens with it.

use super::caller::Caller;
use aws_lc_rs::digest;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// At most so many tokens are remembered (about 20 MiB). Beyond it some are verified again.
const CAPACITY: usize = 40_000;
/// Parts with a lock of their own, so that workers seldom wait for each other.
const SHARDS: usize = 64;

/// SHA-256 of a token: the token itself is a secret and is not kept.
pub(crate) type Digest = [u8; 32];

pub(super) fn digest(token: &str) -> Digest {
    let mut bytes = Digest::default();
    bytes.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    bytes
}

/// The memory.
pub(crate) struct Memory(pub(crate) Vec<Mutex<Shard>>);

#[derive(Default)]
pub(crate) struct Shard {
    epoch: u64,
    pub(crate) callers: HashMap<Digest, Caller>,
}

impl Default for Memory {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl Memory {
    /// The caller of a token that was verified under this epoch, and has not expired.
    pub(super) fn recall(&self, digest: &Digest, epoch: u64, now: i64) -> Option<Caller> {
        let mut shard = self.shard(digest)?.lock().unwrap_or_else(PoisonError::into_inner);
        shard.turn_to(epoch);
        let caller = shard.callers.get(digest)?;
        if super::token::is_expired(caller.expires(), now) {
            shard.callers.remove(digest);
            return None;
        }
        Some(caller.clone())
    }

    /// Remembers a caller verified under `epoch`; forgets it at once if the keys changed meanwhile.
    pub(super) fn remember(&self, digest: Digest, epoch: u64, now: i64, caller: &Caller) {
        let Some(shard) = self.shard(&digest) else { return };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.turn_to(epoch);
        if shard.epoch != epoch {
            return;
        }
        if shard.callers.len() >= CAPACITY / SHARDS {
            shard.callers.retain(|_, caller| !super::token::is_expired(caller.expires(), now));
        }
        if shard.callers.len() >= CAPACITY / SHARDS {
            shard.callers.clear();
        }
        shard.callers.insert(digest, caller.clone());
    }

    /// Digests are evenly spread, so their first byte decides.
    fn shard(&self, digest: &Digest) -> Option<&Mutex<Shard>> {
        let [first, ..] = digest;
        self.0.get(usize::from(*first) % SHARDS)
    }
}

impl Shard {
    /// Epochs only grow: what was verified under an older one is forgotten.
    fn turn_to(&mut self, epoch: u64) {
        if epoch > self.epoch {
            self.callers.clear();
            self.epoch = epoch;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, Memory, digest};
    use crate::identity::{
        caller::{Caller, Scopes, Verified},
        networks::Networks,
        revocation,
    };
    use crate::ids::OrganizationId;
    use std::sync::Arc;

    fn caller(expires: i64) -> Caller {
        Caller::new(Verified {
            issuer: "https://login.example".into(),
            subject: "ada".into(),
            organization: OrganizationId::random(),
            scopes: Scopes::default(),
            expires,
            fingerprint: 1,
            client: "app".into(),
            session: None,
            acr: None,
            authenticated_at: None,
            key_thumbprint: None,
            networks: Networks::default(),
            revocation_keys: revocation::keys("https://login.example", "jti", None),
        })
    }

    #[test]
    fn a_token_is_new_once_for_the_process_however_many_workers_there_are() {
        const WORKERS: usize = 17;
        let memory = Arc::new(Memory::default());
        let mut verified = 0;
        for token in 0..100 {
            let digest = digest(&format!("token-{token}"));
            for _ in 0..WORKERS {
                let memory = Arc::clone(&memory);
                // One after the other, as the requests of one client come to worker after worker.
                let worker = std::thread::spawn(move || {
                    let known = memory.recall(&digest, 1, 0).is_some();
                    if !known {
                        memory.remember(digest, 1, 0, &caller(300));
                    }
                    usize::from(!known)
                });
                verified += worker.join().unwrap();
            }
        }
        assert_eq!(verified, 100, "not one for each worker");
    }

    #[test]
    fn it_ends_with_its_time_and_with_its_key() {
        let (memory, digest) = (Memory::default(), digest("token"));
        memory.remember(digest, 1, 0, &caller(300));
        assert!(memory.recall(&digest, 1, 300).is_some(), "within the skew");
        assert!(memory.recall(&digest, 1, 400).is_none());
        memory.remember(digest, 1, 0, &caller(300));
        assert!(memory.recall(&digest, 2, 0).is_none(), "the keys changed");
        memory.remember(digest, 1, 0, &caller(300));
        assert!(memory.recall(&digest, 2, 0).is_none(), "verified before the keys changed, remembered after");
    }

    #[test]
    fn it_never_grows_beyond_its_capacity() {
        let memory = Memory::default();
        for token in 0..CAPACITY * 3 {
            memory.remember(digest(&token.to_string()), 1, 0, &caller(300));
        }
        let kept: usize = memory.0.iter().map(|shard| shard.lock().unwrap().callers.len()).sum();
        assert!(kept <= CAPACITY, "{kept}");
    }
}
