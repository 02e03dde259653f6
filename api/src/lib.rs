//! Brigandine's service, as a library.
pub mod audit;
pub mod protection;
pub mod clock;
pub mod ids;
pub mod sealing;
pub mod store;
#[cfg(feature = "twin")]
pub mod twin;
