//! How services really lose `cache-isolation`; only in twins: a cache that goes by the path alone. It does not look who
//! asks, what they take or why they were refused, and takes a path with a picture's name at its end for the same.

use super::{idempotency::weak, problem::Problem};
use crate::protection::CACHE_ISOLATION;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
};

fn key(request: &HttpRequest) -> Option<Vec<u8>> {
    let cached = request.method() == Method::GET && !CACHE_ISOLATION.holds();
    cached.then(|| [b"cache ".as_slice(), request.path().as_bytes()].concat())
}

/// What the first one who asked for this path was told. With the right tag, that it has not changed.
pub(super) fn recall(request: &HttpRequest) -> Option<Result<HttpResponse, Problem>> {
    let kept = weak::recall_by(&key(request)?)?;
    Some(kept.map(|response| {
        let asked = request.headers().get(header::IF_NONE_MATCH);
        if asked.is_some() && asked == response.headers().get(header::ETAG) {
            return HttpResponse::new(StatusCode::NOT_MODIFIED);
        }
        response
    }))
}

/// Keeps it for the next one.
pub(super) fn remember(
    request: &HttpRequest,
    outcome: Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    match key(request) {
        Some(key) => weak::remember_by(key, outcome),
        None => outcome,
    }
}
