//! Weak: the example domain.

pub(crate) mod documents;
pub(crate) mod eligibility;
pub(crate) mod patients;
