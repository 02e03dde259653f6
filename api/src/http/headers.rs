//! The header set of every answer (catalogue P3).

use crate::{ids::RequestId, protection::Protection};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Two years, with subdomains (RFC 6797 §6.1).
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// Nothing in an answer may be rendered, framed, sent or run, should a browser ever open it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=(), xr-spatial-tracking=()";

const SET: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
];

/// Carries the request's id, so that a client can name it when asking for help.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Sets the whole set, each exactly once. A `framed` answer is a page, which says itself what a browser may do with it.
pub(crate) fn harden(headers: &mut HeaderMap, request: RequestId, framed: bool) {
    if Protection::HeadersSet.holds() {
        for (name, value) in SET {
            if framed && headers.contains_key(&name) {
                continue;
            }
            headers.insert(name, HeaderValue::from_static(value));
        }
    } else {
        // The twin's banner, as servers send by default.
        headers.insert(header::SERVER, HeaderValue::from_static("brigandine/0.1.0 (actix-web 4)"));
    }
    if Protection::TlsHsts.holds() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    if Protection::OutputNoStore.holds() {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if !headers.contains_key(header::VARY) && Protection::CorsAllowlist.holds() {
        // A cache must never hand one origin's answer to another (Fetch, CORS protocol and HTTP caches).
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) && Protection::CorsAllowlist.holds() {
        // Says nothing to anybody without an allowed origin; actix-cors adds it to every answer.
        headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    }
    if let Ok(id) = HeaderValue::from_str(&request.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    #[cfg(feature = "twin")]
    if let Ok(stamp) = HeaderValue::from_str(&crate::twin::stamp()) {
        headers.insert(HeaderName::from_static("x-twin-off"), stamp);
    }
}
