//! Answers that go back to the client by way of the browser (RFC 6749 §4.1.2), with `iss` (RFC 9207), so that a client
//! of several providers can't be made to take one's answer for another's.

use crate::{
    http::{
        problem::Problem,
        visit::{OAuthError, Reply, Visit},
    },
    identity::{
        pages,
        provider::{authorization::Authorization, requests::Waiting},
        secret::Secret256,
    },
};
use url::{Url, form_urlencoded};

/// How the browser is sent to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// At once: the client's own request is answered.
    Redirection,
    /// By a page: a form of ours came before.
    Page,
}

impl Carrier {
    /// Whatever waited, waited for a form.
    pub(super) const fn after(before: Option<&Waiting>) -> Self {
        if before.is_some() { Self::Page } else { Self::Redirection }
    }

    fn to(self, address: &str) -> Result<Reply, Problem> {
        match self {
            Self::Redirection => Ok(Reply::see_other(address)),
            Self::Page => Reply::onward(address),
        }
    }
}

/// The code.
pub(super) fn with_code(
    visit: &Visit,
    authorization: &Authorization,
    code: &Secret256,
    carrier: Carrier,
) -> Result<Reply, Problem> {
    let pairs = [
        ("code", Some(code.as_str())),
        ("state", authorization.state.as_deref()),
        ("iss", Some(visit.service.identifier.as_str())),
    ];
    carrier.to(&address(&authorization.redirect_uri, &pairs))
}

/// An error of a request in order.
pub(super) fn refused(
    visit: &Visit,
    authorization: &Authorization,
    error: OAuthError,
    carrier: Carrier,
) -> Result<Reply, Problem> {
    let (issuer, state) = (visit.service.identifier.as_str(), authorization.state.as_deref());
    carrier.to(&error_address(&authorization.redirect_uri, issuer, state, error))
}

/// An error of a request that is not.
pub(super) fn back(redirect_uri: &str, issuer: &str, state: Option<&str>, error: OAuthError) -> Reply {
    Reply::see_other(&error_address(redirect_uri, issuer, state, error))
}

fn error_address(redirect_uri: &str, issuer: &str, state: Option<&str>, error: OAuthError) -> String {
    address(redirect_uri, &[("error", Some(error.code())), ("state", state), ("iss", Some(issuer))])
}

/// The registered address, untouched, and behind it the parameters.
fn address(redirect_uri: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
        query.append_pair(name, value);
    }
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    format!("{redirect_uri}{joint}{}", query.finish())
}

/// Where the answer goes, for a person to read.
pub(super) fn destination(authorization: &Authorization) -> String {
    let url = Url::parse(&authorization.redirect_uri);
    url.map_or_else(|_| authorization.redirect_uri.clone(), |url| pages::destination(&url))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn parameters_are_appended_and_escaped() {
        let pairs = [("code", Some("a&b")), ("state", None)];
        assert_eq!(address("https://app.test/cb", &pairs), "https://app.test/cb?code=a%26b");
        assert_eq!(address("https://app.test/cb?x=1", &pairs), "https://app.test/cb?x=1&code=a%26b");
    }
}
