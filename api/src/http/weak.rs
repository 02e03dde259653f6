//! The twin's error page without `output-no-reflection`: helpful, in HTML, and in the client's own words.

use actix_web::{
    HttpResponse,
    body::BoxBody,
    http::header::{self, HeaderValue},
};
use url::form_urlencoded;

pub(super) fn echo(response: &mut HttpResponse<BoxBody>, target: &str) {
    let words: Vec<String> = form_urlencoded::parse(target.as_bytes())
        .flat_map(|(name, value)| [name.into_owned(), value.into_owned()])
        .collect();
    let page = format!("<h1>{}</h1><p>{}</p>", response.status(), words.join(" "));
    let status = response.status();
    let bodiless = std::mem::replace(response, HttpResponse::new(status));
    *response = bodiless.set_body(BoxBody::new(page));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
}
