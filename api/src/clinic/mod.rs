//! THE EXAMPLE DOMAIN, and the only folder that a new service throws away. Nothing in the platform names it.

mod appointments;
mod care;
mod documents;
mod patients;
mod records;

use crate::{http::endpoint::Endpoint, service::Service};
use std::sync::Arc;

/// What webhooks can be told of.
pub const EVENT_TYPES: [&str; 2] = [patients::REGISTERED, patients::DISCHARGED];

/// The endpoints of this folder.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = patients::endpoints();
    endpoints.extend(care::endpoints());
    endpoints.extend(records::endpoints());
    endpoints.extend(appointments::endpoints());
    endpoints.extend(documents::endpoints());
    endpoints
}

/// Starts what runs beside them.
pub fn work_beside(service: &Arc<Service>) {
    tokio::spawn(documents::judge_as_they_come(Arc::clone(service)));
}
