//! The keys that sign the built-in provider's tokens: one at a time, published a day before its first signature, and as
//! long after its last as a token of it may live (OIDC Core §10.1.1).
//!
//! They are in the database, so that every replica signs with the same one, and sealed there by the key provider's key.

use crate::{
    clock::Clock,
    http::problem::Problem,
    identity::{
        jwks::{self, Keys},
        jws::Jws,
    },
    ids::{KeyId, OrganizationId},
    sealing::{Keyring, Place, Sealed, SealingError},
    store::{Store, prelude::*, schema::signing_keys, types::Moment},
};
use arc_swap::ArcSwap;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// How long a key signs.
const SIGNS: Duration = Duration::days(90);
/// How long it is published before.
const ANNOUNCED: Duration = Duration::hours(24);
/// How long it is published after: longer than any token lives, skew included.
const REMEMBERED: Duration = Duration::seconds(660);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sealing key.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// The cryptography library.
    #[error("a signing key can't be made or read")]
    Key,
}

/// The provider's keys. Cheap to clone.
#[derive(Clone)]
pub struct SigningKeys(Arc<Inner>);

struct Inner {
    store: Store,
    keyring: Keyring,
    clock: Clock,
    ring: ArcSwap<Ring>,
}

#[derive(Default)]
struct Ring {
    signing: Vec<Arc<Signing>>,
    jwks: Value,
}

struct Signing {
    row: KeyRow,
    key: EncodingKey,
}

#[derive(Queryable, Selectable, Insertable, Clone)]
#[diesel(table_name = signing_keys)]
struct KeyRow {
    id: KeyId,
    private_key: Sealed,
    public_key: Vec<u8>,
    created_at: Moment,
    signs_from: Moment,
    signs_until: Moment,
    revoked_at: Option<Moment>,
}

impl KeyRow {
    fn signs_at(&self, now: DateTime<Utc>) -> bool {
        self.signs_from.time() <= now && now < self.signs_until.time() && self.revoked_at.is_none()
    }
}

/// When the next key is to begin, if one has to be made. There is always one that signs now: a successor that was announced
/// for tomorrow is none, should the one before it be withdrawn today.
fn next(rows: &[KeyRow], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if !rows.iter().any(|row| row.signs_at(now)) {
        return Some(now);
    }
    let standing = rows.iter().filter(|row| row.revoked_at.is_none());
    let last = standing.map(|row| row.signs_until.time()).max();
    last.filter(|last| *last < now + ANNOUNCED)
}

impl SigningKeys {
    /// Reads the keys; the first start makes one.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn open(store: Store, keyring: Keyring, clock: Clock) -> Result<Self, KeyError> {
        let keys = Self(Arc::new(Inner { store, keyring, clock, ring: ArcSwap::default() }));
        keys.renew().await?;
        Ok(keys)
    }

    /// Makes the successor of a key that will soon sign no more, and reads what other replicas did. Answers the keys
    /// that verify.
    ///
    /// # Errors
    /// [`KeyError`]; the keys known so far stay in use.
    pub(in crate::identity) async fn renew(&self) -> Result<Keys, KeyError> {
        let now = self.0.clock.now();
        let mut rows = self.load().await?;
        if let Some(begins) = next(&rows, now) {
            self.add(begins).await?;
            rows = self.load().await?;
        }
        self.use_them(rows)
    }

    /// Signs claims as a JWT of this type.
    ///
    /// # Errors
    /// When there is no key at the moment.
    pub fn sign(&self, kind: &str, claims: &impl Serialize) -> Result<String, Problem> {
        let now = self.0.clock.now();
        let ring = self.0.ring.load_full();
        let key =
            ring.signing.iter().filter(|key| key.row.signs_at(now)).max_by_key(|key| key.row.signs_from);
        let key = key.ok_or_else(|| Problem::unavailable(&KeyError::Key))?;
        let header = Header {
            typ: Some(kind.to_owned()),
            kid: Some(key.row.id.to_string()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, claims, &key.key).map_err(|error| Problem::internal(&error))
    }

    /// Whether the key of that name signed this; `None` when it is not published, or no more.
    pub(super) fn has_signed(&self, jws: &Jws<'_>, kid: &str) -> Option<bool> {
        let ring = self.0.ring.load_full();
        let key = ring.signing.iter().find(|key| key.row.id.to_string() == kid)?;
        let public = DecodingKey::from_ed_components(&URL_SAFE_NO_PAD.encode(&key.row.public_key)).ok()?;
        Some(jws.is_signed_with(Algorithm::EdDSA, &public))
    }

    /// The public keys (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> Value {
        self.0.ring.load_full().jwks.clone()
    }

    /// Withdraws a compromised key at once, and makes another one if none is left that signs now.
    ///
    /// # Errors
    /// [`KeyError`]. `false`: there is no such key.
    pub async fn withdraw(&self, id: KeyId) -> Result<bool, KeyError> {
        let now = Moment::new(self.0.clock.now());
        let mut transaction = self.0.store.begin_identity(Mode::Write).await?;
        let withdrawn = each!(transaction.connection(), |c| diesel::update(signing_keys::table.find(id))
            .set(signing_keys::revoked_at.eq(Some(now)))
            .execute(c))
        .map_err(StoreError::from)?;
        transaction.commit().await?;
        self.renew().await?;
        Ok(withdrawn == 1)
    }

    /// Makes a key that signs from now on. The ones before sign no more, and are published until what they signed is over:
    /// the scheduled change ahead of its time.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn rotate(&self) -> Result<KeyId, KeyError> {
        let now = self.0.clock.now();
        let id = self.add(now).await?;
        let mut transaction = self.0.store.begin_identity(Mode::Write).await?;
        each!(transaction.connection(), |c| diesel::update(
            signing_keys::table
                .filter(signing_keys::id.ne(id))
                .filter(signing_keys::signs_until.gt(Moment::new(now)))
        )
        .set(signing_keys::signs_until.eq(Moment::new(now)))
        .execute(c))
        .map_err(StoreError::from)?;
        transaction.commit().await?;
        self.renew().await?;
        Ok(id)
    }

    /// What there is, a line each, the oldest first.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn list(&self) -> Result<Vec<String>, KeyError> {
        let now = self.0.clock.now();
        let told = |row: &KeyRow| {
            let state = match row {
                row if row.revoked_at.is_some() => "withdrawn",
                row if now < row.signs_from.time() => "announced",
                row if now < row.signs_until.time() => "signs",
                row if now < row.signs_until.time() + REMEMBERED => "verifies",
                _ => "over",
            };
            let (from, until) = (row.signs_from.time(), row.signs_until.time());
            format!("{}  {state:<9}  {} to {}", row.id, from.format("%F %R"), until.format("%F %R"))
        };
        Ok(self.load().await?.iter().map(told).collect())
    }

    async fn load(&self) -> Result<Vec<KeyRow>, StoreError> {
        let mut transaction = self.0.store.begin_identity(Mode::Read).await?;
        let rows = each!(transaction.connection(), |c| signing_keys::table
            .select(KeyRow::as_select())
            .order(signing_keys::signs_from.asc())
            .load(c))?;
        transaction.release();
        Ok(rows)
    }

    async fn add(&self, begins: DateTime<Utc>) -> Result<KeyId, KeyError> {
        let id = KeyId::random();
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Key)?;
        let document = pair.to_pkcs8().map_err(|_| KeyError::Key)?;
        let text = zeroize::Zeroizing::new(STANDARD.encode(document.as_ref()));
        let row = KeyRow {
            id,
            private_key: self.0.keyring.seal(place(id), text.as_bytes())?,
            public_key: pair.public_key().as_ref().to_vec(),
            created_at: self.0.clock.now().into(),
            signs_from: begins.into(),
            signs_until: (begins + SIGNS).into(),
            revoked_at: None,
        };
        let mut transaction = self.0.store.begin_identity(Mode::Write).await?;
        each!(transaction.connection(), |c| diesel::insert_into(signing_keys::table).values(&row).execute(c))
            .map_err(StoreError::from)?;
        transaction.commit().await?;
        tracing::info!(key.id = %id, "Made a signing key");
        Ok(id)
    }

    fn use_them(&self, rows: Vec<KeyRow>) -> Result<Keys, KeyError> {
        let now = self.0.clock.now();
        let alive = |row: &KeyRow| row.revoked_at.is_none() && now < row.signs_until.time() + REMEMBERED;
        let mut signing = Vec::new();
        for row in rows.into_iter().filter(alive) {
            let text = self.0.keyring.open(place(row.id), &row.private_key)?;
            let document =
                zeroize::Zeroizing::new(STANDARD.decode(text.as_bytes()).map_err(|_| KeyError::Key)?);
            signing.push(Arc::new(Signing { key: EncodingKey::from_ed_der(&document), row }));
        }
        let jwks: Vec<Value> = signing.iter().map(|key| public_jwk(&key.row)).collect();
        let usable: Vec<_> = jwks.iter().filter_map(|key| serde_json::from_value(key.clone()).ok()).collect();
        let keys = jwks::usable(&usable, jwks::Uses::AccessTokens);
        self.0.ring.store(Arc::new(Ring { signing, jwks: json!({ "keys": jwks }) }));
        Ok(keys)
    }
}

fn public_jwk(row: &KeyRow) -> Value {
    json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "x": URL_SAFE_NO_PAD.encode(&row.public_key),
        "kid": row.id.to_string(),
        "alg": "EdDSA",
        "use": "sig",
    })
}

/// Signing keys belong to no tenant.
fn place(id: KeyId) -> Place<'static> {
    Place {
        organization: OrganizationId::from_uuid(Uuid::nil()),
        table: "signing_keys",
        column: "private_key",
        row: *id.as_uuid(),
        version: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the database keeps it.
    fn now() -> DateTime<Utc> {
        Moment::new(Clock.now()).time()
    }

    /// A key that begins and ends so many hours from now.
    fn key(from: i64, until: i64, now: DateTime<Utc>) -> KeyRow {
        KeyRow {
            id: KeyId::random(),
            private_key: Sealed::from_bytes(Vec::new()),
            public_key: Vec::new(),
            created_at: now.into(),
            signs_from: (now + Duration::hours(from)).into(),
            signs_until: (now + Duration::hours(until)).into(),
            revoked_at: None,
        }
    }

    #[test]
    fn a_key_has_a_successor_a_day_before_it_ends() {
        let now = now();
        assert_eq!(next(&[], now), Some(now));
        assert_eq!(next(&[key(-1, 25, now)], now), None);
        assert_eq!(next(&[key(-1, 23, now)], now), Some(now + Duration::hours(23)));
        assert_eq!(next(&[key(-1, 23, now), key(23, 2000, now)], now), None);
        assert_eq!(next(&[key(-9, -1, now)], now), Some(now));
    }

    /// At every hour of a key's life, whichever is withdrawn, and however often.
    #[test]
    fn there_is_always_one_that_signs() {
        let begin = now();
        let life = SIGNS.num_hours();
        for hour in (0..=life).step_by(7).chain(life - 25..=life + 1) {
            let mut rows = vec![key(0, life, begin)];
            let at = begin + Duration::hours(hour);
            for _ in 0..4 {
                while let Some(begins) = next(&rows, at) {
                    let (from, until) = (begins - begin, begins + SIGNS - begin);
                    rows.push(key(from.num_hours(), until.num_hours(), begin));
                }
                assert!(rows.iter().any(|row| row.signs_at(at)), "{hour} hours on");
                let signing = rows.iter_mut().find(|row| row.signs_at(at)).unwrap();
                signing.revoked_at = Some(at.into());
            }
        }
    }
}
