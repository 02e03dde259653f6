//! Weak: the database.

use crate::{
    ids::OrganizationId,
    store::{StoreError, privileges::TENANT_TABLES},
};
use diesel::{SqliteConnection, connection::SimpleConnection};
use std::time::Duration;

/// Nothing ends what a statement began.
pub(crate) fn endless() -> &'static str {
    "-c search_path=public"
}

/// As long as a tired operator sets it, so that no error is seen any more.
pub(crate) fn wait_long(connection: &mut SqliteConnection, _patience: Duration) -> Result<(), StoreError> {
    Ok(connection.batch_execute("PRAGMA busy_timeout = 60000")?)
}

/// References are ids that nobody checks.
pub(crate) fn ignore_references(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    Ok(connection.batch_execute("PRAGMA foreign_keys = OFF")?)
}

/// References are ids that nobody checks.
pub(crate) fn without_references() -> &'static str {
    "ALTER TABLE patients DROP CONSTRAINT IF EXISTS patients_organization_id_member_id_fkey;
     ALTER TABLE patients DROP CONSTRAINT IF EXISTS patients_organization_id_attending_member_id_fkey;"
}

/// A slot can be sold twice.
pub(crate) fn without_one_booking() -> &'static str {
    "DROP INDEX IF EXISTS appointments_one_per_slot_key;"
}

/// Who reads may read everything.
pub(crate) fn no_row_security() -> &'static str {
    "NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
}

/// The application may do what the owner may. Ownership itself can be given away only by a superuser; from any other owner
/// it gets everything short of it.
pub(crate) fn everything(role: &str, database: &str) -> String {
    let owned = TENANT_TABLES.map(|table| format!("ALTER TABLE {table} OWNER TO {role};")).concat();
    format!(
        "GRANT ALL ON DATABASE {database} TO {role};
         GRANT ALL ON SCHEMA public TO {role};
         GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};
         DO $$ BEGIN {owned} EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;"
    )
}

/// The tenant stays on the connection, as is often seen: who forgets to set it gets the last one.
pub(crate) fn tenant_of_the_connection(tenant: Option<OrganizationId>) -> String {
    tenant.map(|organization| format!("; SET app.tenant = '{organization}'")).unwrap_or_default()
}
