//! Cookies, all of one kind: `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax` (RFC 6265bis §4.1.3; ASVS 3.3).

use crate::protection::Protection;
use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use chrono::TimeDelta;

/// A cookie to be set. The prefix makes browsers refuse it from any other host and without TLS.
///
/// `Lax`, and not `Strict`: clients send people here from their own sites, and who is signed in already must be
/// recognised. Nothing changes by a GET.
#[derive(Debug)]
pub struct Cookie {
    name: &'static str,
    value: String,
    lasts: Option<TimeDelta>,
}

impl Cookie {
    /// A cookie for as long as the browser runs.
    #[must_use]
    pub fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), lasts: None }
    }

    /// A cookie for as long as that.
    #[must_use]
    pub fn lasting(name: &'static str, value: impl Into<String>, lasts: TimeDelta) -> Self {
        Self { name, value: value.into(), lasts: Some(lasts) }
    }

    /// Takes the cookie away.
    #[must_use]
    pub fn gone(name: &'static str) -> Self {
        Self { name, value: String::new(), lasts: Some(TimeDelta::zero()) }
    }

    pub(super) fn header(&self) -> Option<HeaderValue> {
        let site = if Protection::CsrfNoAmbient.holds() { "Lax" } else { "None" };
        let ends = self.lasts.map(|lasts| format!("; Max-Age={}", lasts.num_seconds())).unwrap_or_default();
        let text = format!("{}={}; Path=/; Secure; HttpOnly; SameSite={site}{ends}", self.name, self.value);
        HeaderValue::from_str(&text).ok()
    }
}

/// The cookie of that name, unless it came twice.
pub(super) fn sole<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut found = headers
        .get_all(COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(given, _)| *given == name);
    let (Some((_, value)), None) = (found.next(), found.next()) else { return None };
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::{Cookie, sole};
    use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};

    #[test]
    fn a_cookie_that_came_twice_is_none() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; b=2"));
        assert_eq!(sole(&headers, "b"), Some("2"));
        headers.append(COOKIE, HeaderValue::from_static("b=3"));
        assert_eq!(sole(&headers, "b"), None);
        assert_eq!(sole(&headers, "a"), Some("1"));
    }

    #[test]
    fn cookies_stay_on_this_host_and_out_of_scripts() {
        let header = Cookie::new("__Host-session", "x").header().unwrap();
        assert_eq!(header, "__Host-session=x; Path=/; Secure; HttpOnly; SameSite=Lax");
    }
}
