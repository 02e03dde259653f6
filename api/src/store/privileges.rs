//! What the application's PostgreSQL role may do: granted by `migrate`, checked before serving.

use super::{Connection, Mode, Store, StoreError};
use crate::protection::{AUTHZ_OBJECT_REFERENCE, DB_LEAST_PRIVILEGE, DB_RLS_FORCED, FLOW_CONCURRENCY};
use brigandine_enforce::enforces;
use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

/// The tables with rows of tenants.
pub(crate) const TENANT_TABLES: [&str; 23] = [
    "organizations",
    "members",
    "patients",
    "documents",
    "document_usage",
    "invitations",
    "audit_events",
    "identity_providers",
    "organization_domains",
    "idempotency_keys",
    "care_relations",
    "break_glass_accesses",
    "records",
    "record_versions",
    "slots",
    "appointments",
    "waiting_list",
    "patient_exports",
    "webhooks",
    "webhook_deliveries",
    "eligibility_checks",
    "spend",
    "spend_rates",
];

/// The tables of the identity realm, and what the application may do with them.
const IDENTITY_GRANTS: &[(&str, &str)] = &[
    (
        "accounts",
        "SELECT, INSERT, UPDATE (email_index, email, email_verified_at, password_hash, password_changed_at, status, version, generation)",
    ),
    (
        "sessions",
        "SELECT, INSERT, UPDATE (secret_hash, acr, amr, name, authenticated_at, last_used_at, idle_seconds, expires_at, ended_at), DELETE",
    ),
    ("one_time_secrets", "SELECT, INSERT, DELETE, UPDATE (used_at, voided_at)"),
    ("clients", "SELECT, INSERT, UPDATE (name, jwks, status)"),
    ("authorization_requests", "SELECT, INSERT, DELETE, UPDATE (question, used_at)"),
    ("grants", "SELECT, INSERT, DELETE, UPDATE (code_used_at, ended_at, dpop_jkt)"),
    ("refresh_tokens", "SELECT, INSERT, DELETE, UPDATE (used_at)"),
    ("revocations", "SELECT, INSERT, DELETE"),
    ("login_failures", "SELECT, INSERT, DELETE, UPDATE (failures, last_at)"),
    ("replays", "SELECT, INSERT, DELETE"),
    ("api_keys", "SELECT, INSERT, UPDATE (last_used_at, reminders, revoked_at)"),
    ("login_transactions", "SELECT, INSERT, DELETE, UPDATE (used_at)"),
    ("linked_identities", "SELECT, INSERT, UPDATE (last_used_at)"),
    ("signing_keys", "SELECT, INSERT, UPDATE (signs_from, signs_until, revoked_at)"),
    ("factors", "SELECT, INSERT, DELETE, UPDATE (secret, last_step, version, confirmed_at, last_used_at)"),
    ("recovery_codes", "SELECT, INSERT, DELETE, UPDATE (used_at)"),
    ("factor_challenges", "SELECT, INSERT, DELETE, UPDATE (tries, solved_at)"),
    ("factor_throttles", "SELECT, INSERT, UPDATE (failures, last_failed_at)"),
    ("passkey_states", "SELECT, INSERT, DELETE"),
    ("asked_mails", "SELECT, INSERT, DELETE"),
    ("key_fingerprints", "SELECT, INSERT"),
    ("deprecated_uses", "SELECT, INSERT, UPDATE (last_used_at, notices)"),
];

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Stops a set-up in which the application owns its schema, and so could take its own walls down (ASVS 13.2.2).
#[enforces(DB_LEAST_PRIVILEGE)]
pub(super) fn refuse_one_role_for_both(owner: &str, application: &str) -> Result<(), StoreError> {
    if owner == application {
        return Err(StoreError::UnsafeRole(
            "database.url and database.migration_url must name different roles".into(),
        ));
    }
    Ok(())
}

/// Puts the grants and the row-level security into their proper state, whatever they were.
pub(super) async fn settle(mut connection: AsyncPgConnection, role: &str) -> Result<(), StoreError> {
    let database: Named = sql_query("SELECT current_database()::text AS name")
        .get_result(&mut connection)
        .await
        .map_err(migration)?;
    let sql = settlement(&quoted(role), &quoted(&database.name));
    connection.batch_execute(&sql).await.map_err(migration)
}

fn migration(error: diesel::result::Error) -> StoreError {
    StoreError::Migration(error.into())
}

fn settlement(role: &str, database: &str) -> String {
    let mut sql = format!(
        "BEGIN;
         REVOKE ALL ON DATABASE {database} FROM PUBLIC;
         REVOKE ALL ON SCHEMA public FROM PUBLIC;
         REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;"
    );
    for table in TENANT_TABLES.iter().chain(IDENTITY_GRANTS.iter().map(|(table, _)| table)) {
        sql += &format!("ALTER TABLE {table} {};", row_security());
    }
    sql + references() + one_booking() + &grants(role, database) + "COMMIT"
}

/// Row-level security on every table, for its owner too: a query that forgets its tenant finds nothing (ASVS 8.4.1).
#[enforces(DB_RLS_FORCED, otherwise = crate::vulnerable::store::no_row_security)]
fn row_security() -> &'static str {
    "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
}

/// Nothing is to be done: the schema stays as the migrations made it.
const AS_MIGRATED: &str = "";

/// The foreign keys stay, which hold the organization beside the id: what a row names is a row of the same organization,
/// whatever a handler forgot (OWASP API1).
#[enforces(AUTHZ_OBJECT_REFERENCE, otherwise = crate::vulnerable::store::without_references)]
fn references() -> &'static str {
    AS_MIGRATED
}

/// The unique index `appointments_one_per_slot_key` stays: of two bookings at the same moment one is refused, and nobody
/// has to look before (CWE-362).
#[enforces(FLOW_CONCURRENCY, otherwise = crate::vulnerable::store::without_one_booking)]
pub(super) fn one_booking() -> &'static str {
    AS_MIGRATED
}

/// What the application's role may do, and nothing beside: it changes no schema, and rewrites neither history nor the
/// audit log, whatever statement is smuggled in (ASVS 13.2.2, CWE-250).
#[enforces(DB_LEAST_PRIVILEGE, otherwise = crate::vulnerable::store::everything)]
fn grants(role: &str, database: &str) -> String {
    let mut sql = format!(
        "REVOKE ALL ON DATABASE {database} FROM {role};
         GRANT CONNECT ON DATABASE {database} TO {role};
         REVOKE ALL ON SCHEMA public FROM {role};
         GRANT USAGE ON SCHEMA public TO {role};
         REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
         GRANT SELECT ON __diesel_schema_migrations, organizations TO {role};
         GRANT SELECT, INSERT ON members, patients, invitations, audit_events TO {role};
         GRANT DELETE ON invitations TO {role};
         GRANT UPDATE (status) ON invitations TO {role};
         GRANT UPDATE (display_name, role, status, version) ON members TO {role};
         GRANT UPDATE (attending_member_id, given_name, family_name, birth_date, national_id, phone, notes, metadata,
                       status, version, discharged_at) ON patients TO {role};
         GRANT SELECT, INSERT, DELETE ON documents TO {role};
         GRANT UPDATE (status, judged_at) ON documents TO {role};
         GRANT SELECT, INSERT ON document_usage TO {role};
         GRANT UPDATE (bytes) ON document_usage TO {role};
         GRANT SELECT, INSERT ON eligibility_checks, spend, spend_rates TO {role};
         GRANT UPDATE (uses, units) ON spend TO {role};
         GRANT UPDATE (due_at) ON spend_rates TO {role};
         GRANT SELECT, INSERT, DELETE ON identity_providers TO {role};
         GRANT UPDATE (name, client_id, authentication, credential, hosts, acr, status, version)
             ON identity_providers TO {role};
         GRANT SELECT ON organization_domains TO {role};
         GRANT SELECT, INSERT, DELETE ON idempotency_keys TO {role};
         GRANT UPDATE (answer) ON idempotency_keys TO {role};
         GRANT SELECT, INSERT ON care_relations, break_glass_accesses, records, record_versions TO {role};
         GRANT UPDATE (ends_at) ON care_relations TO {role};
         GRANT UPDATE (reviewed_by, reviewed_at, verdict, note) ON break_glass_accesses TO {role};
         GRANT UPDATE (version, amended_at) ON records TO {role};
         GRANT SELECT, INSERT ON slots, appointments, waiting_list TO {role};
         GRANT UPDATE (withdrawn_at, told_at) ON slots TO {role};
         GRANT UPDATE (status, confirmed_at, cancelled_at, cancelled_late) ON appointments TO {role};
         GRANT UPDATE (notified_at) ON waiting_list TO {role};
         GRANT DELETE ON waiting_list TO {role};
         GRANT SELECT, INSERT ON patient_exports TO {role};
         GRANT UPDATE (format, reason, status, version, expires_at, decided_by, decided_at)
             ON patient_exports TO {role};
         GRANT SELECT, INSERT, DELETE ON webhooks, webhook_deliveries TO {role};
         GRANT UPDATE (secret, former_secret, former_until, status, version) ON webhooks TO {role};
         GRANT UPDATE (status, attempts, due_at, claimed_until, attempted_at, answered)
             ON webhook_deliveries TO {role};"
    );
    for (table, privileges) in IDENTITY_GRANTS {
        sql += &format!("GRANT {privileges} ON {table} TO {role};");
    }
    sql
}

/// An SQL identifier. The name comes from the operator's own settings; quoting keeps a role called `my-app` working.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

/// Each row names one thing that the role must not be able to do.
const EXCESSES: &str = "
    SELECT 'is a superuser' AS name FROM pg_roles WHERE rolname = current_user AND rolsuper
    UNION ALL SELECT 'bypasses row-level security' FROM pg_roles WHERE rolname = current_user AND rolbypassrls
    UNION ALL SELECT 'may create roles' FROM pg_roles WHERE rolname = current_user AND rolcreaterole
    UNION ALL SELECT 'may create databases' FROM pg_roles WHERE rolname = current_user AND rolcreatedb
    UNION ALL SELECT 'may replicate' FROM pg_roles WHERE rolname = current_user AND rolreplication
    UNION ALL SELECT 'owns the table ' || relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
        AND pg_has_role(current_user, relowner, 'MEMBER')
    UNION ALL SELECT 'is a member of ' || rolname FROM pg_roles
        WHERE rolname LIKE 'pg\\_%' AND pg_has_role(current_user, oid, 'MEMBER')
    UNION ALL SELECT 'may create in the schema' WHERE has_schema_privilege('public', 'CREATE')
    UNION ALL SELECT 'may create schemas' WHERE has_database_privilege(current_database(), 'CREATE')
    UNION ALL SELECT 'may create temporary tables' WHERE has_database_privilege(current_database(), 'TEMPORARY')
    UNION ALL SELECT 'may truncate, reference or watch ' || relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND has_table_privilege(oid, 'TRUNCATE, REFERENCES, TRIGGER')
    UNION ALL SELECT 'may alter the audit log' FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname = 'audit_events'
        AND (has_table_privilege(oid, 'DELETE') OR has_any_column_privilege(oid, 'UPDATE'))";

/// Tables that do not keep tenants, or the identity realm, apart.
const OPEN_TABLES: &str = "
    SELECT relname::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND relname <> '__diesel_schema_migrations'
    AND NOT (relrowsecurity AND relforcerowsecurity)";

impl Store {
    /// Whether the role of `database.url` can do its work and nothing more. To be asked before serving: PostgreSQL lets
    /// owners, superusers and `BYPASSRLS` roles through walls that hold for everybody else. SQLite has no roles.
    ///
    /// # Errors
    /// [`StoreError::UnsafeRole`] naming the excess.
    pub async fn check_least_privilege(&self) -> Result<(), StoreError> {
        let mut transaction = self.begin_unscoped(Mode::Read).await?;
        let Connection::Postgres(connection) = transaction.connection() else {
            transaction.release();
            return Ok(());
        };
        let connection = &mut **connection;
        let excesses: Vec<Named> = sql_query(EXCESSES).load(connection).await?;
        let open: Vec<Named> = sql_query(OPEN_TABLES).load(connection).await?;
        transaction.release();
        check_excesses(excesses)?;
        check_row_security(open)
    }
}

/// A role that may do more than its work does not serve: what breaks into the service would have it all (ASVS 13.2.2).
#[enforces(DB_LEAST_PRIVILEGE)]
fn check_excesses(excesses: Vec<Named>) -> Result<(), StoreError> {
    match excesses.into_iter().next() {
        Some(excess) => Err(StoreError::UnsafeRole(excess.name)),
        None => Ok(()),
    }
}

/// Nobody is served from a table whose rows are open to every tenant: somebody may have switched its security off by hand
/// (ASVS 8.4.1).
#[enforces(DB_RLS_FORCED)]
fn check_row_security(open: Vec<Named>) -> Result<(), StoreError> {
    match open.into_iter().next() {
        Some(table) => {
            Err(StoreError::UnsafeRole(format!("row-level security is not forced on {}", table.name)))
        }
        None => Ok(()),
    }
}
