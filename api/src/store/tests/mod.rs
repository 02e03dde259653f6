//! The store, over real databases.

mod engines;
mod one_trip;
mod postgres;
mod sqlite;
