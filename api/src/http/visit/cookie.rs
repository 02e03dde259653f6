//! Cookies, all of one kind: `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax` (RFC 6265bis §4.1.3; ASVS 3.3).

use crate::protection::CSRF_NO_AMBIENT;
use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use brigandine_enforce::enforces;
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
        let site = same_site();
        let ends = self.lasts.map(|lasts| format!("; Max-Age={}", lasts.num_seconds())).unwrap_or_default();
        let text = format!("{}={}; Path=/; Secure; HttpOnly; SameSite={site}{ends}", self.name, self.value);
        HeaderValue::from_str(&text).ok()
    }
}

/// With which requests a browser sends our cookies: not with a form or a script of another site (RFC 6265bis §5.6.7; CWE-352).
#[enforces(CSRF_NO_AMBIENT, answers = "None")]
fn same_site() -> &'static str {
    "Lax"
}

/// The cookie of that name, unless it came twice. Other cookies of this host may hold any octets (RFC 6265 §5.4); ours are
/// ASCII.
pub(super) fn sole<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut found = headers
        .get_all(COOKIE)
        .flat_map(|value| value.as_bytes().split(|octet| *octet == b';'))
        .filter_map(|pair| pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    let (Some(value), None) = (found.next(), found.next()) else { return None };
    str::from_utf8(value).ok().filter(|value| !value.is_empty() && value.is_ascii())
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
    fn cookies_of_others_hide_none_of_ours() {
        for beside in [
            &b"name=J\xfcrgen"[..],
            b"name=\xff\xfe\x80",
            "name=Zoë".as_bytes(),
            b"prefs=\"a b\"",
            b"q=\"a; b\"",
            b"nothing",
            b"=nothing",
            b"",
            b"a==b=c",
            b"json={\"a\":1,\"b\":[2]}",
            b"tab=a\tb",
            b"other__Host-browser=evil",
            b"__Host-browser2=evil",
            b"__host-browser=evil",
        ] {
            for line in
                [[b"__Host-browser=ours; ", beside].concat(), [beside, b"; __Host-browser=ours"].concat()]
            {
                let mut headers = HeaderMap::new();
                headers.append(COOKIE, HeaderValue::from_bytes(&line).unwrap());
                assert_eq!(sole(&headers, "__Host-browser"), Some("ours"), "{}", line.escape_ascii());
            }
        }
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_bytes(b"a=\xff").unwrap());
        assert_eq!(sole(&headers, "a"), None);
    }

    #[test]
    fn cookies_stay_on_this_host_and_out_of_scripts() {
        let header = Cookie::new("__Host-session", "x").header().unwrap();
        assert_eq!(header, "__Host-session=x; Path=/; Secure; HttpOnly; SameSite=Lax");
    }
}
