//! What all forms have in common.

use super::policy;
use url::Url;

/// What every form of a page carries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form<'a> {
    /// The token against cross-site requests, sent as `csrf`.
    pub csrf: &'a str,
    /// The authorization request that waits for this page, sent as `transaction`.
    pub transaction: Option<&'a str>,
    /// What went wrong, in one fixed sentence that is the same for every cause: it can't repeat what was sent.
    pub error: Option<&'static str>,
    /// Where the answer may redirect to beyond this service: the client's redirect URI. Chromium applies the policy's
    /// `form-action` to redirects too, so it must be named.
    pub leads_to: Option<&'a Url>,
}

impl Form<'_> {
    /// Where an answer goes, for a person to read.
    pub(super) fn destination(&self) -> String {
        match self.leads_to {
            None => "this service".to_owned(),
            // An installed program (RFC 8252 §7.3); whoever is asked started it.
            Some(url) if url.scheme() == "http" => "a program on this device".to_owned(),
            Some(url) => policy::source(url),
        }
    }
}
