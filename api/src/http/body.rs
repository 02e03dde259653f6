//! Bodies: one media type, not encoded, bounded in size and in time.

use super::{
    media,
    problem::{Kind, Problem},
};
use crate::protection::{
    CORS_PREFLIGHT, CSRF_NO_AMBIENT, INPUT_CONTENT_TYPE, LIMIT_MESSAGE_SIZE, LIMIT_SLOW_CLIENT,
};
use actix_web::{
    dev::Payload,
    error::PayloadError,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};
use brigandine_enforce::enforces;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::Instant;

/// A JSON body is at most this large unless its endpoint says otherwise.
pub const DEFAULT_LIMIT: usize = 64 * 1024;

/// The whole body must be here by then; actix itself would wait for ever.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long a body may bring nothing before it must have brought [`LEAST_RATE`] bytes a second.
pub(super) const GRACE: Duration = Duration::from_secs(5);
pub(super) const LEAST_RATE: usize = 1024;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Reads the body.
///
/// # Errors
/// `content-too-large` as soon as the limit is passed or announced to be, `request-timeout`, `bad-request`.
pub(crate) async fn collect(
    headers: &HeaderMap,
    payload: &mut Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    check_size(announced.unwrap_or_default(), limit)?;
    let started = Instant::now();
    let mut body = BytesMut::new();
    while let Some(chunk) = next(payload, started, body.len()).await? {
        let chunk = chunk.map_err(|_| Problem::new(Kind::BadRequest))?;
        check_size(body.len().saturating_add(chunk.len()), limit)?;
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Refuses a body that is larger than its endpoint takes, or says that it will be (RFC 9110 §15.5.14; CWE-770).
#[enforces(LIMIT_MESSAGE_SIZE)]
fn check_size(size: usize, limit: usize) -> Result<(), Problem> {
    if size > limit {
        return Err(Kind::ContentTooLarge.into());
    }
    Ok(())
}

/// The next piece, unless it is later than an honest client would be (CWE-405: a connection costs the sender nothing).
#[enforces(LIMIT_SLOW_CLIENT, answers = Ok(payload.next().await))]
async fn next(
    payload: &mut Payload,
    started: Instant,
    received: usize,
) -> Result<Option<Result<Bytes, PayloadError>>, Problem> {
    let earned = Duration::from_secs(u64::try_from(received / LEAST_RATE).unwrap_or(u64::MAX));
    let until = started + GRACE.saturating_add(earned).min(DEADLINE);
    tokio::time::timeout_at(until, payload.next()).await.map_err(|_| Kind::RequestTimeout.into())
}

/// Refuses a body that is not plain `application/json`. A browser can send other types across origins without
/// asking first, and a parser that guesses is a parser that two systems disagree about.
///
/// # Errors
/// `unsupported-media-type`, naming what is taken.
#[enforces(INPUT_CONTENT_TYPE)]
pub(crate) fn check_type(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if is_json(headers) && !media::is_encoded(headers) {
        Ok(())
    } else if is_simple(headers) {
        refuse_unasked(method, headers)
    } else {
        Err(unsupported(method, headers))
    }
}

/// Refuses what a foreign page can send without a preflight: taken for JSON, it would need nobody's leave (Fetch, CORS
/// protocol).
#[enforces(CORS_PREFLIGHT)]
fn refuse_unasked(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    refuse_forms(method, headers)
}

/// Refuses what a form of a foreign page can send, with whatever the browser adds to it (CWE-352).
#[enforces(CSRF_NO_AMBIENT)]
fn refuse_forms(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    Err(unsupported(method, headers))
}

fn unsupported(method: &Method, headers: &HeaderMap) -> Problem {
    media::unsupported(method, headers, is_json(headers), &JSON)
}

/// Whether a page may send the type to a foreign origin without asking first (Fetch, CORS-safelisted request-header).
fn is_simple(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
        .iter()
        .any(|it| value.starts_with(it))
}

/// Exactly one `Content-Type`, exactly `application/json`, at most with `charset=utf-8`.
fn is_json(headers: &HeaderMap) -> bool {
    media::declared(headers).is_some_and(|declared| declared.is_plain("application/json"))
}

/// Refuses a client that will not take JSON (RFC 9110 §12.5.1).
///
/// # Errors
/// `not-acceptable`.
#[enforces(INPUT_CONTENT_TYPE)]
pub(crate) fn check_accept(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::ACCEPT).peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let takes_json = media::takes_json(values.filter_map(|value| value.to_str().ok()));
    if takes_json { Ok(()) } else { Err(Kind::NotAcceptable.into()) }
}

#[cfg(test)]
mod tests {
    use super::{check_accept, is_json};
    use actix_web::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        values.iter().for_each(|value| headers.append(name.clone(), HeaderValue::from_str(value).unwrap()));
        headers
    }

    #[test]
    fn only_plain_json_is_json() {
        for fine in
            ["application/json", "Application/JSON; charset=UTF-8", "application/json; charset=\"utf-8\";"]
        {
            assert!(is_json(&headers(CONTENT_TYPE, &[fine])), "{fine}");
        }
        for wrong in
            ["text/json", "application/x+json", "application/json;charset=utf-7", "application/jsonp", ""]
        {
            assert!(!is_json(&headers(CONTENT_TYPE, &[wrong])), "{wrong}");
        }
        assert!(!is_json(&headers(CONTENT_TYPE, &["application/json", "application/json"])));
    }

    #[test]
    fn accept_must_leave_room_for_json() {
        for fine in ["*/*", "text/html, application/json;q=0.1", "application/*"] {
            assert!(check_accept(&headers(ACCEPT, &[fine])).is_ok(), "{fine}");
        }
        for wrong in ["text/html", "application/xml", "application/json;q=0"] {
            assert!(check_accept(&headers(ACCEPT, &[wrong])).is_err(), "{wrong}");
        }
    }
}
