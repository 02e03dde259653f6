//! Every table has a rule, and a year of strangers leaves no more than a few weeks of them.

use super::{Growth, RULES, sweep};
use crate::{
    clock::Clock,
    ids::RowId,
    store::{
        Connection, Mode,
        prelude::*,
        testing::{Fixture, on_each_engine},
        types::{Id, Moment, Timestamp},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Binary, Text},
};
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

async fn tables(fixture: &Fixture) -> BTreeSet<String> {
    let mut transaction = fixture.administration.begin_unscoped(Mode::Read).await.unwrap();
    let sql = match transaction.connection() {
        Connection::Postgres(_) => {
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'"
        }
        Connection::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        }
    };
    let rows: Vec<Named> = each!(transaction.connection(), |c| sql_query(sql).load(c)).unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

#[actix_web::test]
async fn every_table_has_a_rule_for_its_growth() {
    on_each_engine(async |fixture| {
        let ruled: BTreeSet<String> = RULES.iter().map(|(table, _)| (*table).to_owned()).collect();
        assert_eq!(ruled.len(), RULES.len(), "a table is there twice");
        assert_eq!(tables(fixture).await, ruled, "on the left the database, on the right `growth::RULES`");
    })
    .await;
}

/// One row of each swept table as strangers and their browsers make them, in the order in which rows refer to others.
///
/// `$1` is its id, `$2` of its account, `$3` of its organization, `$4` of what it refers to, `$5` when it was made and is over
/// an hour later (`$6`), `$7` 32 random bytes.
const ROWS: &[(&str, &str, &str)] = &[
    ("replays", "", "(key, expires_at) SELECT $7, $6"),
    ("revocations", "", "(key, expires_at) SELECT $7, $6"),
    ("passkey_states", "", "(id, purpose, state, expires_at) SELECT $1, 'sign-in', '{}', $6"),
    (
        "authorization_requests",
        "",
        "(id, handle_hash, pushed, client_id, parameters, created_at, expires_at) \
         SELECT $1, $7, true, 'app', '{}', $5, $6",
    ),
    (
        "login_transactions",
        "identity_providers",
        "(id, organization_id, provider_id, state_hash, browser_hash, nonce_hash, verifier, return_to, created_at, \
         expires_at) SELECT $1, $3, $4, $7, $7, $7, $7, '/', $5, $6",
    ),
    (
        "idempotency_keys",
        "members",
        "(id, organization_id, member_id, operation, key, digest, created_at, expires_at) \
         SELECT $1, $3, $4, 'x', $1, $7, $5, $6",
    ),
    (
        "asked_mails",
        "",
        "(id, kind, address_index, sent_at) SELECT $1, 'registration', SUBSTR($7, 1, 16), $5",
    ),
    (
        "webhook_deliveries",
        "webhooks",
        "(id, organization_id, webhook_id, event_type, payload, status, attempts, due_at, created_at) \
         SELECT $1, $3, $4, 'x', '{}', 'failed', 1, $5, $5",
    ),
    ("login_failures", "", "(key, failures, last_at) SELECT $7, 1, $5"),
    (
        "invitations",
        "",
        "(id, organization_id, kind, email, email_index, role, status, created_at, expires_at) \
         SELECT $1, $3, 'registration', $7, $7, 'patient', 'pending', $5, $6",
    ),
    (
        "one_time_secrets",
        "invitations",
        "(id, kind, secret_hash, organization_id, invitation_id, created_at, expires_at) \
         SELECT $1, 'invitation', $7, $3, $4, $5, $6",
    ),
    (
        "sessions",
        "",
        "(id, account_id, secret_hash, amr, name, authenticated_at, last_used_at, idle_seconds, expires_at, created_at) \
         SELECT $1, $2, $7, 'pwd', 'x', $5, $5, 1, $6, $5",
    ),
    (
        "factor_challenges",
        "sessions",
        "(session_id, account_id, tries, created_at, expires_at) SELECT $4, $2, 0, $5, $6",
    ),
    (
        "grants",
        "sessions",
        "(id, client_id, account_id, session_id, organization_id, scope, acr, amr, authenticated_at, code_hash, \
         redirect_uri, code_challenge, code_expires_at, created_at, expires_at) \
         SELECT $1, 'app', $2, $4, $3, 'x', '1', 'pwd', $5, $7, 'x', 'x', $6, $5, $6",
    ),
    ("refresh_tokens", "grants", "(id, token_hash, grant_id, created_at) SELECT $1, $7, $4, $5"),
];

/// What the rows belong to.
struct World {
    account: Uuid,
    organization: Uuid,
    member: Uuid,
    provider: Uuid,
    webhook: Uuid,
}

impl World {
    async fn new(fixture: &Fixture) -> Self {
        let (organization, member) = fixture.organization().await;
        let (organization, member) = (*organization.as_uuid(), *member.as_uuid());
        let world = Self {
            account: Uuid::new_v4(),
            organization,
            member,
            provider: Uuid::new_v4(),
            webhook: Uuid::new_v4(),
        };
        let now = Clock.now();
        for (id, sql) in [
            (
                world.account,
                "accounts (id, email_index, email, status, version, created_at) SELECT $1, $7, $7, 'active', 1, $5",
            ),
            (
                Uuid::new_v4(),
                "clients (id, client_id, name, kind, profile, grant_types, scope, redirect_uris, \
                 post_logout_redirect_uris, dpop_bound, first_party, status, created_at) \
                 SELECT $1, 'app', 'x', 'public', 'standard', 'x', 'x', '[]', '[]', false, true, 'active', $5",
            ),
            (
                world.provider,
                "identity_providers (id, organization_id, name, issuer, client_id, authentication, credential, hosts, \
                 status, version, created_at) \
                 SELECT $1, $3, 'x', 'x', 'x', 'private_key_jwt', $7, '[]', 'active', 1, $5",
            ),
            (
                world.webhook,
                "webhooks (id, organization_id, slot, url, event_types, secret, status, version, created_by, created_at) \
                 SELECT $1, $3, 0, 'x', '[]', $7, 'active', 1, $4, $5",
            ),
        ] {
            let table = sql.split(' ').next().unwrap();
            world.insert(fixture, (table, &sql[table.len()..]), id, member, now).await;
        }
        world
    }

    async fn insert(
        &self,
        fixture: &Fixture,
        (table, values): (&str, &str),
        id: Uuid,
        parent: Uuid,
        at: DateTime<Utc>,
    ) {
        let organization = crate::ids::OrganizationId::from_uuid(self.organization);
        let mut transaction = fixture.administration.begin_unscoped(Mode::Write).await.unwrap();
        transaction.enter(organization).await.unwrap();
        transaction.enter_identity().await.unwrap();
        let mut sql = format!("INSERT INTO {table} {values}");
        if let Connection::Sqlite(_) = transaction.connection() {
            // SQLite counts the places by their numbers only when they are written so.
            sql = sql.replace('$', "?");
            sql += " WHERE coalesce(?1, ?2, ?3, ?4, ?5, ?6, ?7) IS NOT NULL";
        }
        let id_of = RowId::from_uuid;
        let random = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
        each!(transaction.connection(), |c| sql_query(&sql)
            .bind::<Id, _>(id_of(id))
            .bind::<Id, _>(id_of(self.account))
            .bind::<Id, _>(id_of(self.organization))
            .bind::<Id, _>(id_of(parent))
            .bind::<Timestamp, _>(Moment::new(at))
            .bind::<Timestamp, _>(Moment::new(at + TimeDelta::hours(1)))
            .bind::<Binary, _>(random.clone())
            .execute(c))
        .unwrap_or_else(|error| panic!("{table}: {error}"));
        transaction.commit().await.unwrap();
    }

    /// What somebody leaves behind who registers, signs in and lets an application in.
    async fn visit(&self, fixture: &Fixture, at: DateTime<Utc>) {
        let mut made = std::collections::BTreeMap::from([
            ("members", self.member),
            ("identity_providers", self.provider),
            ("webhooks", self.webhook),
        ]);
        for (table, parent, values) in ROWS {
            let id = Uuid::new_v4();
            let parent = made.get(parent).copied().unwrap_or_default();
            self.insert(fixture, (table, values), id, parent, at).await;
            made.insert(table, id);
        }
    }

    async fn count(&self, fixture: &Fixture, table: &str) -> i64 {
        let organization = crate::ids::OrganizationId::from_uuid(self.organization);
        let mut transaction = match table {
            "webhook_deliveries" | "idempotency_keys" | "invitations" => {
                fixture.store.begin(organization, Mode::Read).await.unwrap()
            }
            _ => fixture.store.begin_identity(Mode::Read).await.unwrap(),
        };
        let sql = format!("SELECT count(*) AS rows FROM {table}");
        let counted: Counted = each!(transaction.connection(), |c| sql_query(&sql).get_result(c)).unwrap();
        transaction.release();
        counted.rows
    }
}

#[actix_web::test]
async fn a_year_of_strangers_leaves_no_more_than_weeks_of_them() {
    on_each_engine(async |fixture| {
        let swept: BTreeSet<&str> = RULES
            .iter()
            .filter_map(|(table, growth)| matches!(growth, Growth::Swept(_)).then_some(*table))
            .collect();
        let made: BTreeSet<&str> = ROWS.iter().map(|(table, _, _)| *table).collect();
        assert_eq!(swept, made, "on the left what is swept, on the right what the test fills");
        let world = World::new(fixture).await;
        // PostgreSQL compares some rows with its own clock, so the year is the one before now.
        let begin = Clock.now() - TimeDelta::days(500);
        for week in 0..52 {
            let at = begin + TimeDelta::weeks(week);
            world.visit(fixture, at).await;
            world.visit(fixture, at).await;
            sweep(&fixture.store, at).await;
        }
        for &table in &made {
            let rows = world.count(fixture, table).await;
            assert!((2..=2 * 14).contains(&rows), "{table}: {rows} rows after a year");
        }
        sweep(&fixture.store, begin + TimeDelta::weeks(52 + 14)).await;
        for &table in &made {
            assert_eq!(world.count(fixture, table).await, 0, "{table}");
        }
    })
    .await;
}

#[actix_web::test]
async fn what_is_not_over_stays() {
    on_each_engine(async |fixture| {
        let world = World::new(fixture).await;
        let now = Clock.now();
        world.visit(fixture, now).await;
        sweep(&fixture.store, now).await;
        for (table, _, _) in ROWS {
            assert_eq!(world.count(fixture, table).await, 1, "{table}");
        }
    })
    .await;
}
