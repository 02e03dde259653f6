//! Weak: a download that is shown where it is, under the name as it came, in as many ranges as are asked for.

use crate::http::{download::Download, problem::Problem, visit::Framed};
use actix_web::{
    HttpResponse,
    body::BoxBody,
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
    let ranges = download.ranges.clone();
    let mut response = match ranges.as_deref().and_then(parsed) {
        Some(ranges) => parts(&download, &ranges),
        None => HttpResponse::with_body(StatusCode::OK, download.body()),
    };
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

fn parts(download: &Download, ranges: &[(usize, usize)]) -> HttpResponse {
    let mut body = Vec::new();
    for (from, to) in ranges {
        body.extend_from_slice(b"--part\r\n\r\n");
        body.extend_from_slice(download.first.get(*from..=*to).unwrap_or_default());
        body.extend_from_slice(b"\r\n");
    }
    HttpResponse::with_body(StatusCode::PARTIAL_CONTENT, BoxBody::new(body))
}
