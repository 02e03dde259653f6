//! Answers that go back to the client by way of the browser (RFC 6749 §4.1.2), with `iss` (RFC 9207), so that a client
//! of several providers can't be made to take one's answer for another's.

use crate::{
    http::visit::{OAuthError, Reply, Visit},
    identity::{provider::authorization::Authorization, secret::Secret256},
};
use url::{Url, form_urlencoded};

/// The code.
pub(super) fn with_code(visit: &Visit, authorization: &Authorization, code: &Secret256) -> Reply {
    let pairs = [
        ("code", Some(code.as_str())),
        ("state", authorization.state.as_deref()),
        ("iss", Some(visit.service.identifier.as_str())),
    ];
    Reply::see_other(&address(&authorization.redirect_uri, &pairs))
}

/// An error of a request in order.
pub(super) fn refused(visit: &Visit, authorization: &Authorization, error: OAuthError) -> Reply {
    let state = authorization.state.as_deref();
    back(&authorization.redirect_uri, &visit.service.identifier, state, error)
}

/// An error.
pub(super) fn back(redirect_uri: &str, issuer: &str, state: Option<&str>, error: OAuthError) -> Reply {
    let pairs = [("error", Some(error.code())), ("state", state), ("iss", Some(issuer))];
    Reply::see_other(&address(redirect_uri, &pairs))
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

/// Where a page's form may end up.
pub(super) fn destination(authorization: &Authorization) -> Option<Url> {
    Url::parse(&authorization.redirect_uri).ok()
}

/// A scope as a person understands it, after "It asks to".
pub(super) fn in_plain_words(scope: &str) -> &str {
    match scope {
        "openid" => "know who you are",
        "email" => "see your e-mail address",
        "offline_access" => "stay signed in",
        "profile:read" => "see your name and role",
        "organization:read" => "see your organization",
        "members:read" => "see the members of your organization",
        "members:write" => "add, change and remove members",
        "patients:read" => "see patients",
        "patients:write" => "register and correct patients",
        "patients:discharge" => "discharge patients",
        "exports:read" => "see who asked for a patient's data as a file",
        "exports:write" => "ask for a patient's data as a file",
        "exports:approve" => "approve that somebody gets a patient's data as a file",
        "exports:download" => "fetch a patient's data as a file",
        "audit:read" => "read the audit log",
        "sessions:read" => "see where you are signed in",
        "sessions:write" => "sign you out elsewhere",
        other => other,
    }
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
