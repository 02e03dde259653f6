//! THE EXAMPLE DOMAIN, and the only folder that a new service throws away. Nothing in the platform names it.

mod patients;

use crate::http::endpoint::Endpoint;

/// The endpoints of this folder.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    patients::endpoints()
}
