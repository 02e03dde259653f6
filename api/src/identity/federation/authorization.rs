//! Where the browser is sent (OIDC Core §3.1.2.1).

use super::{Federation, FederationRefusal, providers::Provider, transactions::Begun};
use crate::identity::secret;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use url::Url;

/// Who somebody is and how they may be reached; no more is needed here.
const SCOPE: &str = "openid email";

impl Federation {
    /// The provider's authorization endpoint with a request for this transaction.
    ///
    /// # Errors
    /// When the provider is unavailable.
    pub async fn authorization(&self, provider: &Provider, begun: &Begun) -> Result<Url, FederationRefusal> {
        let known = self.known(provider).await?;
        let mut address = known.metadata.authorization_endpoint.clone();
        let mut query = address.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", self.redirect_uri())
            .append_pair("scope", SCOPE)
            .append_pair("state", begun.state.as_str())
            .append_pair("nonce", begun.nonce.as_str())
            .append_pair("code_challenge", &challenge(begun.verifier.as_str()))
            .append_pair("code_challenge_method", "S256");
        if let Some(acr) = &provider.acr {
            query.append_pair("acr_values", acr);
        }
        query.append_pair("max_age", &begun.max_age.to_string());
        drop(query);
        Ok(address)
    }
}

/// RFC 7636 §4.2.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(secret::hash(verifier))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(super::challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
