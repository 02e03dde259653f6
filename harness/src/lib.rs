//! Brigandine's attack harness: it starts the real service, attacks it over TLS, and says what held.
//!
//! * [`attacks`]: the attacks, a folder per family; start there to write one.
//! * [`verdict`]: what an attack may conclude, and the only way to conclude it.
//! * [`arena`]: the service under attack, its settings, its database and the world of personas in it.
//! * [`client`]: the attacker's HTTP over TLS. [`forge`]: the attacker's OpenID provider.
//!   [`catcher`]: whoever the service calls; [`insurer`]: whom it asks.
//! * [`observe`]: the independent observer, which reads the database and the log behind the service's back.
//! * [`peers`]: real counterparts in the forge's place. [`bench`]: what the protections cost.
//! * [`contract`]: what clients rely on. [`marks`]: the functions that enforce the protections. [`book`]: the pages on them.
//!   [`twins`]: the proof of the proof. [`matrix`]: endpoints × personas × relations. [`report`]: what people read.

pub mod arena;
#[macro_use]
pub mod attacks;
pub mod bench;
pub mod book;
pub mod catcher;
pub mod client;
pub mod clock;
pub mod command;
pub mod contract;
mod decoy;
pub mod forge;
pub mod insurer;
mod interrupt;
pub mod marks;
pub mod matrix;
pub mod observe;
mod patience;
pub mod peers;
pub mod prove;
pub mod report;
mod sources;
pub mod twins;
pub mod verdict;

#[cfg(test)]
mod numbers;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod reviewed;
#[cfg(test)]
mod testing;
