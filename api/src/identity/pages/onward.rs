//! The way out of this service, to a client or to a provider.

use super::{Nonce, Page, SERVICE, policy};
use askama::Template;
use url::Url;

/// Sends the browser on to another origin, after a form. A redirection would not do: Chromium applies the form's policy
/// (`form-action`) to it and to every one that the other side adds, and can't even name `http://[::1]` (CSP Level 3
/// §2.3.1). A page of its own begins a new navigation, which that policy does not bind; so no form's policy has to name
/// another origin. Its `Refresh` field goes on at once; the link is for browsers that let the person decide.
#[derive(Template)]
#[template(path = "onward.html")]
pub struct Onward<'a> {
    /// Where it goes, for a person to read.
    destination: String,
    /// The address, which the service has checked.
    href: &'a str,
}

impl<'a> Onward<'a> {
    /// To that address.
    #[must_use]
    pub fn to(href: &'a str) -> Self {
        let destination =
            Url::parse(href).map_or_else(|_| "the application".to_owned(), |url| destination(&url));
        Self { destination, href }
    }
}

impl Page for Onward<'_> {}

/// Where an address leads, for a person to read.
#[must_use]
pub fn destination(url: &Url) -> String {
    // An installed program (RFC 8252 §7.3); whoever is asked started it.
    if url.scheme() == "http" { "a program on this device".to_owned() } else { policy::origin(url) }
}

#[cfg(test)]
mod tests {
    use super::destination;
    use url::Url;

    #[test]
    fn a_person_reads_an_origin_or_that_it_is_here() {
        for (url, told) in [
            ("https://client.example/callback?x=;script-src%20*", "https://client.example"),
            ("http://127.0.0.1:4711/done", "a program on this device"),
            ("http://[::1]:4711/done", "a program on this device"),
            ("com.example.app:/done; script-src *", "com.example.app:"),
        ] {
            assert_eq!(destination(&Url::parse(url).unwrap()), told);
        }
    }
}
