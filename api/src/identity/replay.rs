//! What may be used once: the `jti` of a proof of possession (RFC 9449 §11.1) and of a client assertion (RFC 7523 §3).
//!
//! The memory is the database, so a replay is refused on every replica. Only digests are kept: nothing that a client
//! chose is stored.

use crate::{
    clock::Clock,
    store::{prelude::*, schema::replays, types::Moment},
};
use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta};

/// Nothing lives longer than this, whatever its own times say.
const LONGEST_SECONDS: i64 = 600;

/// The name of something that may be used once, and until when it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what is not spent can be used again"]
pub struct OneUse {
    key: [u8; 32],
    expires: i64,
}

impl OneUse {
    /// Of a kind (`dpop`), by the holder of a key or the client of an id, under a name of their own choice. `expires`,
    /// in seconds since 1970: from when on it would be refused for its age anyway.
    pub fn new(kind: &str, owner: &str, name: &str, expires: i64) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        // Kinds and owners hold no NUL, so no two triples run together into one.
        for part in [kind, "\0", owner, "\0", name] {
            hash.update(part.as_bytes());
        }
        let mut key = [0; 32];
        key.copy_from_slice(hash.finish().as_ref());
        Self { key, expires }
    }

    /// Spends it, in a transaction of the identity realm opened for writing. `false`: it was spent before.
    ///
    /// # Errors
    /// When the database does not answer; then nobody knows, and the caller refuses.
    pub async fn spend(self, transaction: &mut Transaction, clock: Clock) -> Result<bool, StoreError> {
        let now = clock.now();
        let latest = now + TimeDelta::seconds(LONGEST_SECONDS);
        let expires = DateTime::from_timestamp(self.expires, 0).map_or(latest, |expires| expires.min(latest));
        let values = (replays::key.eq(self.key.as_slice()), replays::expires_at.eq(Moment::from(expires)));
        let inserted = each!(transaction.connection(), |c| diesel::insert_into(replays::table)
            .values(values)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(inserted == 1)
    }
}

#[cfg(test)]
mod tests;
