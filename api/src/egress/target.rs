//! A URL that a tenant named and that may be called. Parse, don't validate: who has a [`Target`] has one that keeps the
//! rules, and nothing else can be sent to.

use super::address::Reach;
use crate::protection::{SSRF_ADDRESS, SSRF_REDIRECT_SCHEME};
use brigandine_enforce::enforces;
use url::{Host, Url};

/// A longer one is no honest address (catalogue `ssrf-redirect-scheme`).
pub const LONGEST: usize = 2048;
/// The port of https.
const HTTPS: u16 = 443;

/// Ends of names that lead nowhere on the internet (RFC 6761, 6762, 7686, 8375; `internal` is ICANN's for private use).
const PRIVATE_ENDS: [&str; 6] = ["localhost", "local", "internal", "onion", "invalid", "home.arpa"];

/// The URL may not be called. Which rule it breaks is told to nobody: it would help to search for a gap.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the URL may not be called")]
pub struct UrlNotAllowed;

/// What the operator allows.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Ports beside 443.
    pub ports: Vec<u16>,
    /// Where a call may end.
    pub reach: Reach,
}

/// A URL that may be called: https, on an allowed port, without a user part or fragment, at a name or at an address
/// that is outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    /// The target that this text names.
    ///
    /// # Errors
    /// [`UrlNotAllowed`].
    pub fn parse(text: &str, rules: &Rules) -> Result<Self, UrlNotAllowed> {
        check_spelling(text)?;
        let url = Url::parse(text).map_err(|_| UrlNotAllowed)?;
        check_scheme(&url, rules)?;
        check_host(&url, &rules.reach)?;
        Ok(Self(url))
    }

    /// The URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The host, if it is a name, which must be looked up.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.domain()
    }
}

/// Two readers of the text read the same: nothing in it that a parser drops (tab, newline), turns (backslash) or that ends
/// the authority for one and not for the other (`@`, `#`; ASVS 1.3.6).
#[enforces(SSRF_REDIRECT_SCHEME)]
fn check_spelling(text: &str) -> Result<(), UrlNotAllowed> {
    let is_plain = text.len() <= LONGEST
        && text.starts_with("https://")
        && !text
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace() || "\\#@".contains(letter));
    if is_plain { Ok(()) } else { Err(UrlNotAllowed) }
}

/// https at a host, without a user part or fragment: no other scheme leads to another protocol (CWE-918).
#[enforces(SSRF_REDIRECT_SCHEME)]
fn check_scheme(url: &Url, rules: &Rules) -> Result<(), UrlNotAllowed> {
    let is_plain = url.scheme() == "https"
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    if is_plain { check_port(url, rules) } else { Err(UrlNotAllowed) }
}

/// The port of https, or another that the operator allows: nobody has the service look for open ones (CWE-918).
#[enforces(SSRF_ADDRESS)]
fn check_port(url: &Url, rules: &Rules) -> Result<(), UrlNotAllowed> {
    let port = url.port_or_known_default();
    let is_open = port.is_some_and(|port| port == HTTPS || rules.ports.contains(&port));
    if is_open { Ok(()) } else { Err(UrlNotAllowed) }
}

/// A name of the internet, or a number that is outside, however it is written (CWE-918, OWASP API7).
#[enforces(SSRF_ADDRESS)]
fn check_host(url: &Url, reach: &Reach) -> Result<(), UrlNotAllowed> {
    let is_outside = match url.host() {
        Some(Host::Domain(name)) => may_lead_outside(name),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => reach.may_hold(url),
        // Such a URL has nowhere to lead.
        None => true,
    };
    if is_outside { Ok(()) } else { Err(UrlNotAllowed) }
}

/// A name of the internet has a dot and no private end. Where it leads is asked when it is called.
fn may_lead_outside(name: &str) -> bool {
    let ends = |end: &str| name == end || name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
    name.contains('.') && !name.ends_with('.') && !PRIVATE_ENDS.iter().any(|end| ends(end))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Reach, Rules, Target};

    fn parses(text: &str) -> bool {
        Target::parse(text, &Rules { ports: vec![8443], reach: Reach::internet_and(&[]) }).is_ok()
    }

    #[test]
    fn honest_addresses_are_taken() {
        for text in [
            "https://hooks.example.org/in",
            "https://hooks.example.org:443/in?a=1",
            "https://hooks.example.org:8443",
            "https://9.9.9.9/in",
            "https://[2620:fe::fe]/in",
            "https://bücher.example/in",
        ] {
            assert!(parses(text), "{text}");
        }
    }

    #[test]
    fn numbers_of_the_inside_are_refused_however_they_are_written() {
        for host in [
            "127.0.0.1",
            "0",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "①②⑦.⓪.⓪.①",
            "169.254.169.254",
            "[fd00:ec2::254]",
            "100.100.100.200",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.1",
            "240.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[fe80::1%25eth0]",
            "[fe80::1]",
            "127.0.0.1.",
        ] {
            assert!(!parses(&format!("https://{host}/")), "{host}");
        }
    }

    #[test]
    fn names_of_the_inside_are_refused() {
        for host in [
            "localhost",
            "localhost.",
            "LOCALHOST",
            "db",
            "vault",
            "redis",
            "a.localhost",
            "metadata.google.internal",
            "printer.local",
            "hooks.example.org.",
            "router.home.arpa",
            "x.onion",
            "",
        ] {
            assert!(!parses(&format!("https://{host}/")), "{host}");
        }
    }

    #[test]
    fn other_schemes_ports_and_spellings_are_refused() {
        for text in [
            "http://hooks.example.org/",
            "file:///etc/passwd",
            "gopher://hooks.example.org/",
            "ftp://hooks.example.org/",
            "dict://hooks.example.org/",
            "data:text/plain,x",
            "unix:///run/docker.sock",
            "ws://hooks.example.org/",
            "jar:https://hooks.example.org!/x",
            "HTTPS://hooks.example.org/",
            "//hooks.example.org/",
            "https:hooks.example.org",
            "https:/hooks.example.org",
            "https://good.example\\@evil.example/",
            "https://good.example#@evil.example/",
            "https://user@hooks.example.org/",
            "https://user:pw@hooks.example.org/",
            "https://hooks.exa\tmple.org/",
            "https://hooks.example.org/\n",
            " https://hooks.example.org/",
            "https://hooks.example.org:22/",
            "https://hooks.example.org:5432/",
            "https://hooks.example.org:80/",
            "https://hooks.example.org:0/",
            "https://hooks.example.org/#x",
        ] {
            assert!(!parses(text), "{text:?}");
        }
        assert!(!parses(&format!("https://hooks.example.org/{}", "x".repeat(LONGEST))));
    }
}
