//! How far each table may grow. Every table has a [`Growth`], and a test holds the list against both databases: a table
//! without a rule does not pass. What strangers can make grow is swept some time after it is over, by one background job
//! in small batches, so that no request pays for it and none waits long for the writer.

use super::{Mode, Store, StoreError, Transaction, each, types};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::RunQueryDsl;
use types::Moment;

/// Rows that one transaction removes: on SQLite nobody else writes meanwhile.
const BATCH: usize = 500;
/// Batches of a table in one run; what is left goes with the next one.
const BATCHES: usize = 2_000;

/// What becomes of a table's rows.
#[derive(Clone, Copy, Debug)]
pub enum Growth {
    /// They stay, for this reason.
    Kept(&'static str),
    /// There are never more than this.
    Bounded(&'static str),
    /// They are removed.
    Swept(Sweep),
}

/// Which rows of a table are over, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// The primary key.
    key: &'static str,
    /// SQL that says which rows were over at `$1`.
    over: &'static str,
    /// How long they stay after that.
    kept: TimeDelta,
    realm: Realm,
}

/// Who sees the rows on PostgreSQL.
#[derive(Clone, Copy, Debug)]
enum Realm {
    Identity,
    Deliveries,
}

use Growth::{Bounded, Kept, Swept};

const fn swept(key: &'static str, over: &'static str, kept: TimeDelta) -> Growth {
    Swept(Sweep { key, over, kept, realm: Realm::Identity })
}

const NO_TIME: TimeDelta = TimeDelta::zero();
const DAY: TimeDelta = TimeDelta::days(1);
const WEEK: TimeDelta = TimeDelta::days(7);
const MONTH: TimeDelta = TimeDelta::days(30);

const RECORDS: &str = "records of care; the law says how long";
const PEOPLE: &str =
    "who somebody is, for as long as records name them; made by an invitation or a mail that was read";
const SET_UP: &str = "made by administrators, few, and part of what an auditor asks for";

/// Every table. Those that others refer to come after them: a session can go when its grants have gone.
pub const RULES: &[(&str, Growth)] = &[
    ("__diesel_schema_migrations", Bounded("a row for each migration")),
    ("audit_events", Kept("the audit log; refusals of a flood are sampled before they are written")),
    ("organizations", Kept("made by the operator")),
    ("members", Kept(PEOPLE)),
    ("accounts", Kept(PEOPLE)),
    ("linked_identities", Kept(PEOPLE)),
    ("patients", Kept(RECORDS)),
    ("care_relations", Kept(RECORDS)),
    ("break_glass_accesses", Kept(RECORDS)),
    ("records", Kept(RECORDS)),
    ("record_versions", Kept(RECORDS)),
    ("slots", Kept(RECORDS)),
    ("appointments", Kept(RECORDS)),
    ("documents", Kept(RECORDS)),
    ("eligibility_checks", Kept(RECORDS)),
    ("patient_exports", Kept(RECORDS)),
    ("waiting_list", Bounded("a row for each patient and clinician")),
    ("document_usage", Bounded("a row for each member and organization")),
    ("spend", Kept("a row a day for each organization and purpose, for its books")),
    ("spend_rates", Bounded("a row for each member and purpose")),
    ("deprecated_uses", Bounded("a row for each organization and operation")),
    ("webhooks", Bounded("ten for each organization")),
    ("identity_providers", Kept(SET_UP)),
    ("organization_domains", Kept("made by the operator")),
    ("clients", Kept(SET_UP)),
    ("api_keys", Kept(SET_UP)),
    ("key_fingerprints", Bounded("a row for each key file that there ever was")),
    ("signing_keys", Kept("one in a rotation's time")),
    ("factors", Kept("their owner's own; each takes an authenticator and a fresh sign-in")),
    ("recovery_codes", Bounded("ten for each account")),
    ("factor_throttles", Bounded("a row for each account, and for each organization that vouches for it")),
    // Somebody's rows come first, then what they refer to.
    ("replays", swept("key", "expires_at <= $1", NO_TIME)),
    ("revocations", swept("key", "expires_at <= $1", NO_TIME)),
    ("passkey_states", swept("id", "expires_at <= $1", NO_TIME)),
    ("authorization_requests", swept("id", "expires_at <= $1", DAY)),
    ("login_transactions", swept("id", "expires_at <= $1", DAY)),
    ("idempotency_keys", swept("id", "expires_at <= $1", NO_TIME)),
    ("asked_mails", swept("id", "sent_at <= $1", DAY)),
    (
        "webhook_deliveries",
        Swept(Sweep {
            key: "id",
            over: "status <> 'due' AND created_at <= $1",
            kept: MONTH,
            realm: Realm::Deliveries,
        }),
    ),
    // A hard stop is for good: time alone must not give anybody a second hundred of guesses.
    ("login_failures", swept("key", "last_at <= $1 AND failures < 100", TimeDelta::days(90))),
    ("one_time_secrets", swept("id", "expires_at <= $1", DAY)),
    (
        "invitations",
        swept(
            "id",
            "expires_at <= $1 AND NOT EXISTS (SELECT 1 FROM one_time_secrets WHERE invitation_id = invitations.id)",
            MONTH,
        ),
    ),
    // A used token stays as long as its grant: only so is the theft noticed of one that its owner comes back with late.
    (
        "refresh_tokens",
        swept("id", "grant_id IN (SELECT id FROM grants WHERE expires_at <= $1 OR ended_at <= $1)", WEEK),
    ),
    (
        "grants",
        swept(
            "id",
            "(expires_at <= $1 OR ended_at <= $1 OR (code_used_at IS NULL AND code_expires_at <= $1)) \
             AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE grant_id = grants.id)",
            WEEK,
        ),
    ),
    (
        "factor_challenges",
        swept(
            "session_id",
            "session_id IN (SELECT id FROM sessions WHERE expires_at <= $1 OR ended_at <= $1)",
            WEEK,
        ),
    ),
    (
        "sessions",
        swept(
            "id",
            "(expires_at <= $1 OR ended_at <= $1) \
             AND NOT EXISTS (SELECT 1 FROM grants WHERE session_id = sessions.id) \
             AND NOT EXISTS (SELECT 1 FROM factor_challenges WHERE session_id = sessions.id)",
            WEEK,
        ),
    ),
];

/// Removes what is over. A table that can't be swept now does not keep the others from it; the log says so.
pub async fn sweep(store: &Store, now: DateTime<Utc>) {
    for (table, growth) in RULES {
        let Swept(rule) = growth else { continue };
        match rows(store, table, rule, now).await {
            Ok(0) => {}
            Ok(removed) => tracing::debug!(table, removed, "Old rows were removed"),
            Err(error) => tracing::error!(table, error = %error, "Old rows were not removed"),
        }
    }
}

async fn rows(store: &Store, table: &str, rule: &Sweep, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let (key, over) = (rule.key, rule.over);
    let sql =
        format!("DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {over} LIMIT {BATCH})");
    let before = Moment::from(now - rule.kept);
    let mut removed = 0_usize;
    for _ in 0..BATCHES {
        let mut transaction = rule.realm.begin(store).await?;
        let some = each!(transaction.connection(), |c| diesel::sql_query(&sql)
            .bind::<types::Timestamp, _>(before)
            .execute(c))?;
        transaction.commit().await?;
        removed = removed.saturating_add(some);
        if some < BATCH {
            break;
        }
        tokio::task::yield_now().await;
    }
    Ok(removed)
}

impl Realm {
    async fn begin(self, store: &Store) -> Result<Transaction, StoreError> {
        match self {
            Self::Identity => store.begin_identity(Mode::Write).await,
            Self::Deliveries => store.begin_deliveries(Mode::Write).await,
        }
    }
}

#[cfg(test)]
mod tests;
