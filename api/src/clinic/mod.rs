//! THE EXAMPLE DOMAIN, and the only folder that a new service throws away. Nothing in the platform names it.

mod appointments;
mod care;
mod documents;
mod eligibility;
mod exports;
mod patients;
mod records;

use crate::{endpoints::Domain, http::endpoint::Endpoint, service::Service};
use std::sync::Arc;

/// The row of this folder in the table of contents.
pub const DOMAIN: Domain =
    Domain { endpoints, work_beside, event_types: &[patients::REGISTERED, patients::DISCHARGED] };

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
