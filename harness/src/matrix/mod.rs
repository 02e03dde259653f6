//! Every endpoint × persona × relation.

mod endpoints;

pub use endpoints::{ENDPOINTS, Endpoint, endpoint_of};
