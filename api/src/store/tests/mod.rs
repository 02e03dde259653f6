//! The store, over real databases.

mod engines;
mod lookups;
mod one_trip;
mod postgres;
mod sqlite;
