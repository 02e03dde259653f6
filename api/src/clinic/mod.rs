//! THE EXAMPLE DOMAIN, and the only folder that a new service throws away. Nothing in the platform names it.

pub(crate) mod appointments;
pub(crate) mod care;
pub(crate) mod documents;
pub(crate) mod eligibility;
mod exports;
mod own;
pub(crate) mod patients;
mod records;

use crate::{
    audit::Reason,
    endpoints::Domain,
    http::{endpoint::Endpoint, problem::Kind},
    service::Service,
};
use std::sync::Arc;

/// The row of this folder in the table of contents.
pub const DOMAIN: Domain = Domain {
    endpoints,
    work_beside,
    event_types: &[patients::REGISTERED, patients::DISCHARGED, care::OPENED],
    // It refuses in every way that is left to domains.
    kinds: Kind::OF_DOMAINS,
    reasons: Reason::OF_DOMAINS,
};

fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = patients::endpoints();
    endpoints.extend(care::endpoints());
    endpoints.extend(records::endpoints());
    endpoints.extend(appointments::endpoints());
    endpoints.extend(eligibility::endpoints());
    endpoints.extend(documents::endpoints());
    endpoints.extend(exports::endpoints());
    endpoints
}

fn work_beside(service: &Arc<Service>) {
    tokio::spawn(documents::judge_as_they_come(Arc::clone(service)));
}
