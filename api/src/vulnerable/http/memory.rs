//! Weak: answers that are remembered, by too little.

use crate::http::{
    idempotency::{FIELD, REPLAYED},
    problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
};
use bytes::Bytes;
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

type Parts = (StatusCode, HeaderMap, Bytes);
type Seen = HashMap<Vec<u8>, Result<Parts, Problem>>;
static SEEN: LazyLock<Mutex<Seen>> = LazyLock::new(Mutex::default);

/// A cache that goes by the path alone. It does not look who asks, what they take, or why they were refused.
pub(crate) async fn by_path(
    request: &HttpRequest,
    answer: impl Future<Output = Result<HttpResponse, Problem>>,
) -> Result<HttpResponse, Problem> {
    if request.method() != Method::GET {
        return answer.await;
    }
    let name = [b"cache ".as_slice(), request.path().as_bytes()].concat();
    let Some(kept) = recall(&name) else { return remember(name, answer.await) };
    kept.map(|response| {
        // With the right tag, that it has not changed.
        let asked = request.headers().get(header::IF_NONE_MATCH);
        if asked.is_some() && asked == response.headers().get(header::ETAG) {
            return HttpResponse::new(StatusCode::NOT_MODIFIED);
        }
        response
    })
}

/// A cache by the key alone, filled when the work is done, with whatever came of it: whoever's it was, and refusals too.
pub(crate) async fn by_key(
    headers: &HeaderMap,
    outcome: impl Future<Output = Result<HttpResponse, Problem>>,
) -> Result<HttpResponse, Problem> {
    let Some(key) = headers.get(FIELD).map(|value| value.as_bytes().to_vec()) else { return outcome.await };
    let Some(replayed) = recall(&key) else { return remember(key, outcome.await) };
    replayed.map(|mut response| {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        response
    })
}

/// What was remembered under this name.
fn recall(name: &[u8]) -> Option<Result<HttpResponse, Problem>> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, fields, body) = match seen.get(name)? {
        Ok(parts) => parts,
        Err(problem) => return Some(Err(problem.clone())),
    };
    let mut response = HttpResponse::with_body(*status, BoxBody::new(body.clone()));
    for (name, value) in fields {
        response.headers_mut().append(name.clone(), value.clone());
    }
    Some(Ok(response))
}

/// Remembers it under this name, for the next one.
fn remember(key: Vec<u8>, outcome: Result<HttpResponse, Problem>) -> Result<HttpResponse, Problem> {
    let (kept, outcome) = match outcome {
        Err(problem) => (Err(problem.clone()), Err(problem)),
        Ok(response) => {
            let (head, body) = response.into_parts();
            let body = body.try_into_bytes().unwrap_or_default();
            let mut fields = HeaderMap::new();
            for (name, value) in head.headers() {
                fields.append(name.clone(), value.clone());
            }
            (Ok((head.status(), fields, body.clone())), Ok(head.set_body(BoxBody::new(body))))
        }
    };
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(key, kept);
    outcome
}
