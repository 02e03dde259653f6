//! Cross-origin requests, by actix-cors: exact origins, the methods of the resource, no credentials (catalogue P4).
//!
//! CORS tells browsers who may read an answer. It is no authorization: a foreign page's simple request is still
//! executed, and is harmless because nothing here authenticates by cookie and every body must be JSON.

use crate::protection::Protection;
use actix_cors::Cors;
use actix_web::http::{Method, header};

const MAX_AGE_SECONDS: usize = 600;

const REQUEST_HEADERS: [&str; 6] =
    ["authorization", "content-type", "dpop", "idempotency-key", "if-match", "if-none-match"];

const EXPOSED: [&str; 12] = [
    "etag",
    "idempotency-replayed",
    "location",
    "link",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "deprecation",
    "sunset",
    "www-authenticate",
    "dpop-nonce",
    "x-request-id",
];

/// The rules of one resource.
pub(super) fn rules(origins: &[String], methods: &[Method]) -> Cors {
    if !Protection::CorsAllowlist.holds() {
        return Cors::permissive();
    }
    let mut cors =
        Cors::default().max_age(MAX_AGE_SECONDS).expose_headers(EXPOSED).block_on_origin_mismatch(false);
    cors = if Protection::CorsPreflight.holds() {
        cors.allowed_methods(methods.to_vec()).allowed_headers(REQUEST_HEADERS).allowed_header(header::ACCEPT)
    } else {
        cors.allow_any_method().allow_any_header()
    };
    for origin in origins {
        cors = cors.allowed_origin(origin);
    }
    // Without an origin in the list, actix-cors would allow all of them.
    cors.allowed_origin_fn(|_, _| false)
}
