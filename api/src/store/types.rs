//! SQL types that both databases share.

/// An identifier: `uuid` in PostgreSQL, a 16-byte BLOB in SQLite.
#[derive(Clone, Copy, Debug, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Id;
