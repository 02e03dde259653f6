//! The header set of every answer (catalogue P3).

use crate::{
    ids::RequestId,
    protection::{CORS_ALLOWLIST, HEADERS_SET, OUTPUT_NO_STORE, TLS_HSTS},
};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use brigandine_enforce::enforces;

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
    confine(headers, framed);
    demand_tls(headers);
    forbid_storing(headers);
    vary_by_origin(headers);
    expose_to_nobody_else(headers);
    if let Ok(id) = HeaderValue::from_str(&request.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    #[cfg(feature = "twin")]
    if let Ok(stamp) = HeaderValue::from_str(&crate::twin::stamp()) {
        headers.insert(HeaderName::from_static("x-twin-off"), stamp);
    }
}

/// What an answer may do in a browser that opens it: be nothing but data. Stops sniffing, framing and scripts (CWE-693).
#[enforces(HEADERS_SET, otherwise = crate::vulnerable::http::show_a_banner)]
fn confine(headers: &mut HeaderMap, framed: bool) {
    for (name, value) in SET {
        if framed && headers.contains_key(&name) {
            continue;
        }
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// From now on the browser comes by TLS only, so that nobody on the way can talk it into going without (RFC 6797).
#[enforces(TLS_HSTS)]
fn demand_tls(headers: &mut HeaderMap) {
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
}

/// No cache keeps an answer, neither a shared one nor that of a browser which others use (RFC 9111 §5.2.2.5; CWE-525).
#[enforces(OUTPUT_NO_STORE)]
fn forbid_storing(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// A cache must never hand one origin's answer to another (Fetch, CORS protocol and HTTP caches).
#[enforces(CORS_ALLOWLIST)]
fn vary_by_origin(headers: &mut HeaderMap) {
    if !headers.contains_key(header::VARY) {
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
}

/// Which fields can be read is said to allowed origins only; actix-cors adds it to every answer.
#[enforces(CORS_ALLOWLIST)]
fn expose_to_nobody_else(headers: &mut HeaderMap) {
    if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    }
}
