//! Weak: a download that is shown where it is, under the name as it came, and in as many ranges as are asked for.

use crate::http::{
    download::Download,
    problem::{Kind, Problem},
    visit::Framed,
};
use actix_web::{
    HttpRequest, HttpResponse,
    body::{BoxBody, to_bytes},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
};

const OPEN: &str = "default-src * 'unsafe-inline'";

pub(crate) fn show(download: Download) -> Result<HttpResponse, Problem> {
    // Whatever can't stand in a field is left out, which a library does for a careless caller.
    let name: Vec<u8> = download.name.bytes().filter(|byte| !byte.is_ascii_control()).collect();
    let disposition = [b"inline; filename=\"".as_slice(), &name, b"\""].concat();
    let media_type = HeaderValue::from_static(download.media_type);
    let mut response = HttpResponse::with_body(StatusCode::OK, download.body());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(OPEN));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static(""));
    insert(headers, &disposition);
    response.extensions_mut().insert(Framed);
    Ok(response)
}

fn insert(headers: &mut HeaderMap, disposition: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
}

fn parsed(field: &str) -> Option<Vec<(usize, usize)>> {
    let pair = |range: &str| {
        let (from, to) = range.trim().split_once('-')?;
        Some((from.parse().ok()?, to.parse().ok()?))
    };
    field.strip_prefix("bytes=")?.split(',').map(pair).collect()
}

/// Every range that is asked for, however many there are and however they overlap.
pub(crate) async fn in_parts(request: &HttpRequest, response: HttpResponse) -> Result<HttpResponse, Problem> {
    let asked = request.headers().get(header::RANGE).and_then(|ranges| parsed(ranges.to_str().ok()?));
    let Some(ranges) = asked.filter(|_| response.headers().contains_key(header::CONTENT_DISPOSITION)) else {
        return Ok(response);
    };
    let (mut head, body) = response.into_parts();
    let whole = to_bytes(body).await.map_err(|_| Kind::InternalError)?;
    let mut parts = Vec::new();
    for (from, to) in ranges {
        parts.extend_from_slice(b"--part\r\n\r\n");
        parts.extend_from_slice(whole.get(from..=to).unwrap_or_default());
        parts.extend_from_slice(b"\r\n");
    }
    *head.status_mut() = StatusCode::PARTIAL_CONTENT;
    Ok(head.set_body(BoxBody::new(parts)))
}
