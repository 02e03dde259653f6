//! Weak: the example domain.

pub(crate) mod appointments;
pub(crate) mod care;
pub(crate) mod documents;
pub(crate) mod eligibility;
pub(crate) mod patients;
