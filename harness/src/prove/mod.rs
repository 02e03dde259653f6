//! Running attacks: which ones, how many at once, and what came of them.

mod again;
mod options;
mod runner;
mod selection;

pub(crate) use options::wishes;

pub use again::Try;
pub(crate) use again::{Subject, Tried, Watch};
pub use options::{Options, Proof, RunError, prove};
pub(crate) use runner::run_one;
pub use runner::{Run, run_all};
pub use selection::{Ground, Selection, provable_on, runs_on};
