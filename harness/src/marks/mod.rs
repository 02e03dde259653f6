//! The marks: which functions of the service enforce which protection, read from its source, where `#[enforces(…)]` stands.

mod proof;
mod scan;

pub(crate) use proof::run;
pub use proof::{MarkRun, MarkVerdict};

use crate::sources;
use brigandine_api::protection::Protection;
use std::{io, sync::LazyLock};

/// A function that does nothing but enforce a protection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The protection's name in the source: `TOKEN_AUDIENCE`.
    pub protection: String,
    /// The function's name, after its type's: `Issuer::check_audience`.
    pub function: String,
    /// From the workspace's root: `api/src/identity/token.rs`.
    pub file: String,
    /// Where the mark stands, counted from one.
    pub line: u32,
    /// The function as it is written, with what its comment says.
    pub text: String,
    /// What is done in its place where it is taken away.
    pub without: Without,
    /// The protection that still stands then, by its name in the source.
    pub behind: Option<String>,
}

/// What is done in the place of a function that was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Without {
    /// Nothing is checked, changed or done.
    Nothing,
    /// This expression is the answer.
    Answers(String),
    /// This function is called, by its path.
    Otherwise(String),
}

impl Mark {
    /// The protection that still stands without it.
    #[must_use]
    pub fn layer(&self) -> Option<&'static Protection> {
        let name = self.behind.as_deref()?;
        Protection::ALL.iter().copied().find(|protection| name_of(protection) == name)
    }

    /// How a twin is told to do without it.
    #[must_use]
    pub fn switch(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Every mark, by file and line; none where the source is not at hand.
#[must_use]
pub fn all() -> &'static [Mark] {
    static MARKS: LazyLock<Vec<Mark>> = LazyLock::new(|| read().unwrap_or_default());
    &MARKS
}

/// The marks of one protection.
pub fn of(protection: &Protection) -> impl Iterator<Item = &'static Mark> {
    let name = name_of(protection);
    all().iter().filter(move |mark| mark.protection == name)
}

/// What a protection is called in the source: `TOKEN_AUDIENCE`.
#[must_use]
pub fn name_of(protection: &Protection) -> String {
    protection.id.to_uppercase().replace('-', "_")
}

fn read() -> io::Result<Vec<Mark>> {
    let mut marks = Vec::new();
    for source in sources::all() {
        marks.extend(scan::in_text(&source.file, &source.text)?);
    }
    Ok(marks)
}

#[cfg(test)]
mod tests;
