//! Tokens that end before their time: by themselves, with the grant that they came of, or with the session.
//!
//! What ended is written down as a hash over kind, issuer and id, never over the token's text: of one ES256 token there
//! are two valid spellings. It is kept until no token can be alive any more.

use crate::{
    clock::Clock,
    ids::{GrantId, SessionId},
    store::{prelude::*, schema::revocations, types::Moment},
};
use aws_lc_rs::digest;

/// The hash that is written down and looked for.
pub type Key = [u8; 32];

/// Longer than any token is believed, skew included.
const KEPT_SECONDS: i64 = 660;

/// What ends.
#[derive(Clone, Copy, Debug)]
pub enum Ended {
    /// What came of one authorization.
    Grant(GrantId),
    /// What came of one sign-in, by `sid`.
    Session(SessionId),
    /// What hangs on this key.
    Key(Key),
}

/// A `jti` that tells which grant the token came of, so that ending the grant ends it.
#[must_use]
pub fn token_id(grant: GrantId) -> String {
    format!("{grant}.{}", uuid::Uuid::new_v4().simple())
}

/// The grant that a `jti` tells of.
#[must_use]
pub fn grant_of(jti: &str) -> Option<&str> {
    jti.split_once('.').map(|(grant, _)| grant)
}

/// What a token hangs on: itself, its grant, its session. Where it has none, it hangs on itself alone.
#[must_use]
pub fn keys(issuer: &str, jti: &str, sid: Option<&str>) -> [Key; 3] {
    let token = key("jti", issuer, jti);
    [
        token,
        grant_of(jti).map_or(token, |grant| key("grant", issuer, grant)),
        sid.map_or(token, |sid| key("sid", issuer, sid)),
    ]
}

/// Writes down that something ended; from the commit on, no token that hangs on it is taken.
///
/// # Errors
/// When the database is gone.
pub async fn revoke(
    transaction: &mut Transaction,
    issuer: &str,
    ended: Ended,
    clock: Clock,
) -> Result<(), StoreError> {
    let key = match ended {
        Ended::Grant(grant) => key("grant", issuer, &grant.to_string()),
        Ended::Session(session) => key("sid", issuer, &session.to_string()),
        Ended::Key(key) => key,
    };
    let now = clock.now();
    let until = Moment::new(now + chrono::Duration::seconds(KEPT_SECONDS));
    let row = (revocations::key.eq(key.to_vec()), revocations::expires_at.eq(until));
    each!(transaction.connection(), |c| diesel::insert_into(revocations::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Whether any of what a token hangs on ended.
///
/// # Errors
/// When the database is gone.
pub async fn is_revoked(transaction: &mut Transaction, keys: &[Key; 3]) -> Result<bool, StoreError> {
    let keys: Vec<&[u8]> = keys.iter().map(Key::as_slice).collect();
    let found: i64 = each!(transaction.connection(), |c| revocations::table
        .filter(revocations::key.eq_any(&keys))
        .count()
        .get_result(c))?;
    Ok(found > 0)
}

/// Each part with its length, so that no two triples run together.
fn key(kind: &str, issuer: &str, id: &str) -> Key {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [kind, issuer, id] {
        context.update(&part.len().to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut key = Key::default();
    key.copy_from_slice(context.finish().as_ref());
    key
}

#[cfg(test)]
mod tests {
    use super::{GrantId, grant_of, keys, token_id};

    #[test]
    fn a_token_hangs_on_its_grant_and_session_of_its_own_issuer() {
        let grant = GrantId::random();
        let jti = token_id(grant);
        assert_eq!(grant_of(&jti), Some(grant.to_string().as_str()));
        let [token, of_grant, of_session] = keys("https://a", &jti, Some("s"));
        assert!(token != of_grant && of_grant != of_session);
        assert_ne!(keys("https://b", &jti, Some("s")), [token, of_grant, of_session]);
        assert_eq!(keys("https://a", "plain", None)[1..], [keys("https://a", "plain", None)[0]; 2]);
    }
}
