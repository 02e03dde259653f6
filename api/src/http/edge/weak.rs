//! What twins do at the edge: absolute links wherever one leads on, yes to every page that asks for a network behind the
//! router, and a switch for debugging that anybody can reach.

use crate::{
    http::client::RequestFacts,
    protection::{CORS_PREFLIGHT, HOST_ALLOWLIST, INVENTORY_MGMT_ISOLATED},
};
use actix_web::{
    dev::ServiceRequest,
    http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION},
};

pub(super) fn make_location_absolute(headers: &mut HeaderMap, links: &str) {
    let path = headers
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .filter(|path| path.starts_with('/'));
    let absolute = path.and_then(|path| HeaderValue::from_str(&format!("{links}{path}")).ok());
    if let Some(location) = absolute.filter(|_| !HOST_ALLOWLIST.holds()) {
        headers.insert(LOCATION, location);
    }
}

/// What actix-cors' `allow_private_network_access` answers.
pub(super) fn open_private_network(headers: &mut HeaderMap, facts: &RequestFacts) {
    if facts.from_outside && !CORS_PREFLIGHT.holds() {
        let allow = HeaderName::from_static("access-control-allow-private-network");
        headers.insert(allow, HeaderValue::from_static("true"));
    }
}

/// Without `inventory-mgmt-isolated`: the flags by which frameworks are made to tell more, from outside, too (CWE-489).
pub(super) fn asks_to_debug(request: &ServiceRequest) -> bool {
    let headers = request.headers();
    let named = headers.contains_key("x-debug") || headers.contains_key("rust-log");
    let is_set = |cookie: &HeaderValue| cookie.as_bytes().windows(9).any(|part| part == b"__debug__");
    let is_asked = named || headers.get(COOKIE).is_some_and(is_set) || request.query_string() == "debug=1";
    is_asked && !INVENTORY_MGMT_ISOLATED.holds()
}

/// Tells how the answer came about.
pub(super) fn debug(headers: &mut HeaderMap, debugging: bool, facts: &RequestFacts) {
    let operation = facts.operation.get().unwrap_or("none");
    if let Some(told) = HeaderValue::from_str(&format!("operation={operation}")).ok().filter(|_| debugging) {
        headers.insert(HeaderName::from_static("x-debug-operation"), told);
    }
}
