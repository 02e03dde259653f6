//! The twin without `csrf-no-ambient`: a session cookie that browsers send along by themselves, wherever a request
//! comes from.

use crate::protection::CSRF_NO_AMBIENT;
use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};

/// The token in the cookie named `session`; it goes before the `Authorization` header.
pub(in crate::identity) fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    if CSRF_NO_AMBIENT.holds() {
        return None;
    }
    let cookies =
        headers.get_all(COOKIE).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    cookies.filter_map(|cookie| cookie.trim().strip_prefix("session=")).find(|token| token.contains('.'))
}

/// The cookie that keeps the caller logged in, without one of the attributes that would tame it.
pub(crate) fn keep_logged_in(headers: &HeaderMap) -> Option<HeaderValue> {
    let credential = crate::identity::authorization_header::credential(headers)
        .ok()
        .filter(|_| !CSRF_NO_AMBIENT.holds())?;
    HeaderValue::from_str(&format!("session={}; Path=/", credential.token)).ok()
}
