//! Cross-origin requests, by actix-cors: exact origins, the methods of the resource, no credentials (catalogue P4).
//!
//! CORS tells browsers who may read an answer. It is no authorization: a foreign page's simple request is still
//! executed, and is harmless because nothing here authenticates by cookie and every body must be JSON.
//!
//! Which fields a page may send and read is asked of the endpoints' rows, so that it can do all that the API offers.

use super::{endpoint::Endpoint, idempotency};
use crate::protection::{CORS_ALLOWLIST, CORS_PREFLIGHT};
use actix_cors::Cors;
use actix_web::http::{
    Method, StatusCode,
    header::{self, HeaderName},
};
use brigandine_enforce::enforces;
use std::collections::BTreeSet;

const MAX_AGE_SECONDS: usize = 600;

/// What may be sent to any endpoint: the credential, what is sent and wanted, and the client's own name for its request.
const SENT_ANYWHERE: [HeaderName; 6] = [
    header::ACCEPT,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_NONE_MATCH,
    HeaderName::from_static("dpop"),
    HeaderName::from_static("x-request-id"),
];

/// What any endpoint may answer with: rates, challenges, endings, the request's id, and what would do instead.
const ANSWERED_ANYWHERE: [HeaderName; 14] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ALLOW,
    header::LINK,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("accept-patch"),
    HeaderName::from_static("accept-post"),
    HeaderName::from_static("deprecation"),
    HeaderName::from_static("dpop-nonce"),
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("sunset"),
    HeaderName::from_static("x-request-id"),
];

/// The fields that pages of allowed origins may send and read.
pub(super) struct Fields {
    sent: Vec<String>,
    answered: Vec<String>,
}

impl Fields {
    /// What these endpoints take and answer with, together: one list for all, because a page asks for each resource anew.
    pub(super) fn of(endpoints: &[Endpoint]) -> Self {
        let mut sent: BTreeSet<String> = SENT_ANYWHERE.iter().map(|name| name.as_str().to_owned()).collect();
        let mut answered: BTreeSet<String> =
            ANSWERED_ANYWHERE.iter().map(|name| name.as_str().to_owned()).collect();
        for endpoint in endpoints {
            sent.extend(endpoint.taken_fields());
            answered.extend(own_answer(endpoint).iter().map(|name| name.as_str().to_owned()));
        }
        Self { sent: sent.into_iter().collect(), answered: answered.into_iter().collect() }
    }
}

/// What this endpoint answers with beyond what any does.
fn own_answer(endpoint: &Endpoint) -> Vec<HeaderName> {
    let answer = (endpoint.answer)();
    let is_file = !answer.media.is_empty() && endpoint.visit.is_none();
    let fields = [
        (endpoint.tagged, header::ETAG),
        (answer.status == StatusCode::CREATED, header::LOCATION),
        (endpoint.once, idempotency::REPLAYED),
        (is_file, header::CONTENT_DISPOSITION),
        (is_file, header::ACCEPT_RANGES),
    ];
    fields.into_iter().filter_map(|(has, name)| has.then_some(name)).collect()
}

/// The rules of one resource: pages of the configured origins may read it, and no others (CWE-942).
#[enforces(CORS_ALLOWLIST, answers = actix_cors::Cors::permissive())]
pub(super) fn rules(origins: &[String], methods: &[Method], fields: &Fields) -> Cors {
    let cors = Cors::default()
        .max_age(MAX_AGE_SECONDS)
        .expose_headers(&fields.answered)
        .block_on_origin_mismatch(false);
    let mut cors = restrict_to(methods, fields, cors);
    for origin in origins {
        cors = cors.allowed_origin(origin);
    }
    // Without an origin in the list, actix-cors would allow all of them.
    cors.allowed_origin_fn(|_, _| false)
}

/// A page may send what the resource takes, and nothing else: a preflight that asks for more is told no (Fetch, CORS
/// protocol).
#[enforces(CORS_PREFLIGHT, answers = cors.allow_any_method().allow_any_header())]
fn restrict_to(methods: &[Method], fields: &Fields, cors: Cors) -> Cors {
    cors.allowed_methods(methods.to_vec()).allowed_headers(&fields.sent)
}

#[cfg(test)]
mod tests {
    use super::Fields;
    use crate::{endpoints, http::openapi};
    use serde_json::Value;

    fn every_operation(see: impl Fn(&Value)) {
        let document =
            openapi::document(&endpoints::all(), &endpoints::event_types(), "https://api.clinic.test");
        let paths = document["paths"].as_object().unwrap();
        paths.values().flat_map(|methods| methods.as_object().unwrap().values()).for_each(see);
    }

    #[test]
    fn a_page_may_send_and_read_every_field_of_the_document() {
        let document =
            openapi::document(&endpoints::all(), &endpoints::event_types(), "https://api.clinic.test");
        let fields = Fields::of(&endpoints::all());
        let known = |list: &[String], name: &str| list.iter().any(|it| it.eq_ignore_ascii_case(name));
        every_operation(|operation| {
            for parameter in
                operation["parameters"].as_array().unwrap().iter().filter(|it| it["in"] == "header")
            {
                let name = parameter["name"].as_str().unwrap();
                assert!(known(&fields.sent, name), "{}: {name}", operation["operationId"]);
            }
            for answer in operation["responses"].as_object().unwrap().values() {
                let answer = match answer["$ref"].as_str() {
                    Some(name) => document.pointer(name.trim_start_matches('#')).unwrap(),
                    None => answer,
                };
                for name in answer["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
                    // These are the browser's own business, and say themselves what a page may read.
                    if name.to_ascii_lowercase().starts_with("access-control-") {
                        continue;
                    }
                    assert!(known(&fields.answered, name), "{}: {name}", operation["operationId"]);
                }
            }
        });
        for name in ["idempotency-key", "if-match"] {
            assert!(known(&fields.sent, name), "{name}");
        }
        for name in ["etag", "location", "idempotency-replayed"] {
            assert!(known(&fields.answered, name), "{name}");
        }
        assert!(!["cookie", "*", "x-http-method-override"].iter().any(|name| known(&fields.sent, name)));
        assert!(!["set-cookie", "*"].iter().any(|name| known(&fields.answered, name)));
    }
}
