//! The front door: people who sign in by browser, and applications that are given codes and tokens.

mod authorization;
mod browser;
mod person;

pub(in crate::attacks) use authorization::code_in;
pub use authorization::{Authorization, Tokens};
pub use browser::Browser;
pub(in crate::attacks) use browser::hidden;
pub use person::Person;
