//! What a provider says of itself (OIDC Discovery §3), as far as it is believed.

use super::{FederationRefusal, providers::Provider};
use crate::{audit::Reason, egress::address::Reach, protection::OIDC_ID_TOKEN};
use brigandine_enforce::enforces;
use serde::Deserialize;
use url::Url;

/// The document as it comes.
#[derive(Deserialize)]
pub(super) struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    code_challenge_methods_supported: Option<Vec<String>>,
}

/// A provider's endpoints, each on a host that was agreed on.
#[derive(Debug)]
pub struct Metadata {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    pub(super) userinfo_endpoint: Option<Url>,
    /// Whether every authorization response carries `iss` (RFC 9207 §3).
    pub(super) names_itself: bool,
}

/// The document is of another provider than the one that was asked.
const ISSUER: FederationRefusal = FederationRefusal::Unavailable(Reason::METADATA_ISSUER);
/// An endpoint is not where this provider's endpoints may be.
const ENDPOINT: FederationRefusal = FederationRefusal::Unavailable(Reason::METADATA_ENDPOINT);

impl Document {
    /// The document is believed if it names the very issuer that was asked for (OIDC Discovery §4.3) and sends secrets,
    /// browsers and questions about keys nowhere but to that issuer's host and the hosts that were agreed on.
    pub(super) fn checked(self, provider: &Provider, outside: &Reach) -> Result<Metadata, FederationRefusal> {
        self.check_issuer(provider)?;
        // Silence says nothing about PKCE; a list without S256 says that the code is not bound to this transaction.
        let challenges = self.code_challenge_methods_supported;
        if challenges.is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
            return Err(FederationRefusal::Unavailable(Reason::METADATA_PKCE));
        }
        let endpoint = |text: &str| endpoint(text, provider, outside);
        Ok(Metadata {
            authorization_endpoint: endpoint(&self.authorization_endpoint)?,
            token_endpoint: endpoint(&self.token_endpoint)?,
            jwks_uri: endpoint(&self.jwks_uri)?,
            userinfo_endpoint: self.userinfo_endpoint.as_deref().map(endpoint).transpose()?,
            names_itself: self.authorization_response_iss_parameter_supported,
        })
    }

    /// The document is of the very issuer that was asked, letter by letter (OIDC Discovery §4.3): another one's would bring
    /// another one's keys.
    #[enforces(OIDC_ID_TOKEN)]
    fn check_issuer(&self, provider: &Provider) -> Result<(), FederationRefusal> {
        if self.issuer == provider.issuer { Ok(()) } else { Err(ISSUER) }
    }
}

/// An https address on the issuer's host or one that was agreed on, and not within.
pub(super) fn endpoint(text: &str, provider: &Provider, outside: &Reach) -> Result<Url, FederationRefusal> {
    let url = Url::parse(text).map_err(|_| ENDPOINT)?;
    check_agreed(&url, provider)?;
    if outside.may_hold(&url) { Ok(url) } else { Err(ENDPOINT) }
}

/// An https address without a user part or fragment, on the issuer's host or one that was agreed on: whoever can change the
/// document can't have keys fetched, secrets sent and people led anywhere else.
#[enforces(OIDC_ID_TOKEN)]
fn check_agreed(url: &Url, provider: &Provider) -> Result<(), FederationRefusal> {
    let plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    let authority = authority(url).ok_or(ENDPOINT)?;
    let issuer = Url::parse(&provider.issuer).ok().as_ref().and_then(self::authority);
    let agreed = issuer.is_some_and(|issuer| issuer == authority) || provider.hosts.contains(&authority);
    if plain && agreed { Ok(()) } else { Err(ENDPOINT) }
}

/// `host`, or `host:port` where the port is not https's own.
pub(super) fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::{Document, FederationRefusal, Reach, Reason};
    use crate::identity::federation::tests::provider;
    use serde_json::{Value, json};

    fn honest() -> Value {
        json!({
            "issuer": "https://idp.example.org/clinic",
            "authorization_endpoint": "https://idp.example.org/clinic/authorize?p=1",
            "token_endpoint": "https://keys.example.org/token",
            "jwks_uri": "https://idp.example.org/clinic/jwks",
            "code_challenge_methods_supported": ["plain", "S256"],
        })
    }

    /// The reason why the document with this member is refused.
    fn refusal(name: &str, value: &str) -> Option<Reason> {
        let mut document = honest();
        document[name] = serde_json::from_str(value).unwrap();
        let document: Document = serde_json::from_value(document).unwrap();
        let checked = document.checked(&provider(), &Reach::internet_and(&[]));
        checked.err().map(|refusal: FederationRefusal| refusal.reason().unwrap())
    }

    #[test]
    fn an_honest_document_is_believed() {
        assert_eq!(refusal("userinfo_endpoint", r#""https://idp.example.org/me""#), None);
        assert_eq!(refusal("code_challenge_methods_supported", "null"), None);
    }

    #[test]
    fn another_issuers_document_is_not() {
        for other in
            ["https://idp.example.org", "https://idp.example.org/clinic/", "https://IDP.example.org/clinic"]
        {
            assert_eq!(refusal("issuer", &format!("{other:?}")), Some(Reason::METADATA_ISSUER), "{other}");
        }
    }

    #[test]
    fn endpoints_stay_where_they_were_agreed_on() {
        for address in [
            "http://idp.example.org/x",
            "https://evil.example/x",
            "https://idp.example.org.evil.example/x",
            "https://idp.example.org@evil.example/x",
            "https://a:b@idp.example.org/x",
            "https://idp.example.org:8443/x",
            "https://idp.example.org/x#y",
            "https://127.0.0.1/x",
            "//evil.example/x",
            "javascript:alert(1)",
            "",
        ] {
            for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
                assert_eq!(
                    refusal(name, &format!("{address:?}")),
                    Some(Reason::METADATA_ENDPOINT),
                    "{name} {address}"
                );
            }
        }
    }

    #[test]
    fn a_provider_without_s256_binds_no_code() {
        assert_eq!(refusal("code_challenge_methods_supported", r#"["plain"]"#), Some(Reason::METADATA_PKCE));
        assert_eq!(refusal("code_challenge_methods_supported", "[]"), Some(Reason::METADATA_PKCE));
    }
}
