//! Bodies: one media type, not encoded, bounded in size and in time.

use super::problem::{Kind, Problem};
use crate::protection::Protection;
use actix_web::{
    dev::Payload,
    error::PayloadError,
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};
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
    let limit = if Protection::LimitMessageSize.holds() { limit } else { usize::MAX };
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Kind::ContentTooLarge.into());
    }
    let started = Instant::now();
    let mut body = BytesMut::new();
    while let Some(chunk) = next(payload, started, body.len()).await? {
        let chunk = chunk.map_err(|_| Problem::new(Kind::BadRequest))?;
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(Kind::ContentTooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The next piece, unless it is later than an honest client would be (CWE-405: a connection costs the sender nothing).
async fn next(
    payload: &mut Payload,
    started: Instant,
    received: usize,
) -> Result<Option<Result<Bytes, PayloadError>>, Problem> {
    if !Protection::LimitSlowClient.holds() {
        return Ok(payload.next().await);
    }
    let earned = Duration::from_secs(u64::try_from(received / LEAST_RATE).unwrap_or(u64::MAX));
    let until = started + GRACE.saturating_add(earned).min(DEADLINE);
    tokio::time::timeout_at(until, payload.next()).await.map_err(|_| Kind::RequestTimeout.into())
}

/// Refuses a body that is not plain `application/json`. A browser can send other types across origins without
/// asking first, and a parser that guesses is a parser that two systems disagree about.
///
/// # Errors
/// `unsupported-media-type`, naming what is taken.
pub(crate) fn check_type(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if !Protection::InputContentType.holds()
        || (is_json(headers) && !headers.contains_key(header::CONTENT_ENCODING))
    {
        return Ok(());
    }
    #[cfg(feature = "twin")]
    if is_simple(headers) && !(Protection::CorsPreflight.holds() && Protection::CsrfNoAmbient.holds()) {
        return Ok(());
    }
    let accepted = if *method == Method::PATCH { "accept-patch" } else { "accept-post" };
    Err(Problem::new(Kind::UnsupportedMediaType).with_header(HeaderName::from_static(accepted), JSON))
}

/// The types that a page may send to a foreign origin without asking first (Fetch, CORS-safelisted request-header).
/// Twins take them for JSON, as parsers do that look at the body only.
#[cfg(feature = "twin")]
fn is_simple(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
        .iter()
        .any(|it| value.starts_with(it))
}

/// Exactly one `Content-Type`, exactly `application/json`, at most with `charset=utf-8`.
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Ok(value) = value.to_str() else { return false };
    let (essence, parameters) = value.split_once(';').unwrap_or((value, ""));
    let parameters = parameters.trim();
    essence.trim().eq_ignore_ascii_case("application/json")
        && (parameters.is_empty() || parameters.eq_ignore_ascii_case("charset=utf-8"))
}

/// Refuses a client that will not take JSON (RFC 9110 §12.5.1).
///
/// # Errors
/// `not-acceptable`.
pub(crate) fn check_accept(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::ACCEPT).peekable();
    if values.peek().is_none() || !Protection::InputContentType.holds() {
        return Ok(());
    }
    let takes_json =
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|range| {
            let (essence, parameters) = range.split_once(';').unwrap_or((range, ""));
            let refused =
                parameters.split(';').any(|p| matches!(p.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            let essence = essence.trim().to_ascii_lowercase();
            !refused
                && matches!(
                    essence.as_str(),
                    "*/*" | "application/*" | "application/json" | "application/problem+json"
                )
        });
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
        for fine in ["application/json", "Application/JSON; charset=UTF-8"] {
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
