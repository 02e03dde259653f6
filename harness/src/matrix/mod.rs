//! Every endpoint × persona × relation, executed.
//!
//! The result is a text that a reviewer reads and keeps in `docs/access-matrix.txt`; a run that differs from it, or a
//! refused call that changed something, fails. An endpoint whose calls are not described in `calls` fails too: a new
//! endpoint has to say how it is called.

pub(crate) mod calls;
mod cells;
mod endpoints;
mod text;

pub(crate) use calls::{Call, call};
pub use cells::{Matrix, Standing, execute};
pub use endpoints::{Endpoint, endpoint_of, endpoints, has_clinic};

/// How the object of a call stands to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The caller itself, or what is its own.
    Own,
    /// Of a patient whom the caller treats.
    Treated,
    /// Something else of the caller's organization.
    SameOrganization,
    /// Something of another organization.
    OtherOrganization,
    /// Nothing that exists.
    Absent,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Own, Self::Treated, Self::SameOrganization, Self::OtherOrganization, Self::Absent];

    /// The name in the text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Treated => "treated",
            Self::SameOrganization => "same organization",
            Self::OtherOrganization => "other organization",
            Self::Absent => "absent",
        }
    }
}
