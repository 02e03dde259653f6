//! SQLite and PostgreSQL.
pub mod types;
