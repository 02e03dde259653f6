//! The twin without `host-allowlist`: absolute links from whatever host the client names.

use crate::protection::Protection;
use actix_web::{
    dev::ServiceRequest,
    http::header::{HeaderMap, HeaderValue, LOCATION},
};

/// actix takes the host from `Forwarded` and `X-Forwarded-Host` first.
pub(super) fn link_base(request: &ServiceRequest) -> Option<String> {
    (!Protection::HostAllowlist.holds()).then(|| format!("https://{}", request.connection_info().host()))
}

pub(super) fn make_location_absolute(headers: &mut HeaderMap, links: &str) {
    let path = headers
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .filter(|path| path.starts_with('/'));
    let absolute = path.and_then(|path| HeaderValue::from_str(&format!("{links}{path}")).ok());
    if let Some(location) = absolute.filter(|_| !Protection::HostAllowlist.holds()) {
        headers.insert(LOCATION, location);
    }
}
