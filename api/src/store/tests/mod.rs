//! The store, over real databases.

mod engines;
mod postgres;
mod sqlite;
