//! How services really lose `flow-idempotency`; only in twins: a cache in memory, by the key alone, filled when the work is
//! done, with whatever came of it. Nobody's, any request's, too late for two at once, and good for refusals too.

use super::{FIELD, REPLAYED};
use crate::{http::problem::Problem, protection::FLOW_IDEMPOTENCY};
use actix_web::{
    HttpResponse,
    body::{BoxBody, MessageBody},
    http::{
        StatusCode,
        header::{HeaderMap, HeaderValue},
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

fn key(headers: &HeaderMap) -> Option<Vec<u8>> {
    let key = headers.get(FIELD).map(|value| value.as_bytes().to_vec());
    key.filter(|_| !FLOW_IDEMPOTENCY.holds())
}

/// What came of the first request that carried this key, whoever's it was.
pub(crate) fn recall(headers: &HeaderMap) -> Option<Result<HttpResponse, Problem>> {
    let replayed = recall_by(&key(headers)?)?;
    Some(replayed.map(|mut response| {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }))
}

/// What was remembered under this name.
pub(crate) fn recall_by(name: &[u8]) -> Option<Result<HttpResponse, Problem>> {
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

/// Remembers it for the next one.
pub(crate) fn remember(
    headers: &HeaderMap,
    outcome: Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    match key(headers) {
        Some(key) => remember_by(key, outcome),
        None => outcome,
    }
}

/// Remembers it under this name.
pub(crate) fn remember_by(
    key: Vec<u8>,
    outcome: Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
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
