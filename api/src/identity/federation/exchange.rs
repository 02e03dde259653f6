//! Trades the code for an ID token at the provider's token endpoint (OIDC Core §3.1.3), and asks for the person's
//! e-mail where the token does not say it.

use super::{
    Federation, FederationRefusal,
    id_token::{self, Expected, IdToken},
    metadata::Metadata,
    providers::{Credential, Provider},
    transactions::Ended,
};
use crate::{
    audit::Reason,
    identity::{
        claims::{plainly_true, text},
        documents,
    },
    protection::OIDC_TRANSACTION_BINDING,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use brigandine_enforce::enforces;
use reqwest::header::{ACCEPT, AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What came back to the redirect URI (RFC 6749 §4.1.2, RFC 9207).
#[derive(Clone, Copy, Debug, Default)]
pub struct Callback<'a> {
    /// `code`
    pub code: Option<&'a str>,
    /// `iss`
    pub iss: Option<&'a str>,
    /// `error`
    pub error: Option<&'a str>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(default, deserialize_with = "text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "plainly_true")]
    email_verified: bool,
}

/// Who signed in, as the provider vouches for it.
#[derive(Debug)]
pub struct SignedIn {
    /// The validated ID token.
    pub token: IdToken,
    access_token: Option<SecretString>,
}

impl Federation {
    /// Ends a sign-in: the response is of the provider it was sent to, the code is good there, the ID token is valid.
    ///
    /// # Errors
    /// [`FederationRefusal`].
    pub async fn complete(
        &self,
        ended: &Ended,
        callback: Callback<'_>,
    ) -> Result<SignedIn, FederationRefusal> {
        let provider = &ended.provider;
        let known = self.known(provider).await?;
        check_sender(callback.iss, provider, &known.metadata)?;
        if callback.error.is_some() {
            return Err(FederationRefusal::Denied(Reason::LOGIN_DENIED));
        }
        let code = callback.code.ok_or(FederationRefusal::Invalid(Reason::LOGIN_CODE))?;
        let tokens = self.exchange(ended, code).await?;
        let expected = Expected::of(ended);
        let token = id_token::validate(self, provider, &tokens.id_token, &expected).await?;
        Ok(SignedIn { token, access_token: tokens.access_token })
    }

    async fn exchange(&self, ended: &Ended, code: &str) -> Result<Tokens, FederationRefusal> {
        let provider = &ended.provider;
        let known = self.known(provider).await?;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", self.redirect_uri())
            .append_pair("code_verifier", &ended.verifier);
        let mut request = self.0.client.post(known.metadata.token_endpoint.clone());
        match &provider.credential {
            Credential::Key(key) => {
                let now = self.0.clock.unix_seconds();
                form.append_pair("client_id", &provider.client_id)
                    .append_pair("client_assertion_type", ASSERTION_TYPE)
                    .append_pair(
                        "client_assertion",
                        &key.assertion(&provider.client_id, &provider.issuer, now)?,
                    );
            }
            Credential::Secret(secret) => request = request.header(AUTHORIZATION, basic(provider, secret)),
        }
        let answer = request
            .header(ACCEPT, "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish())
            .send()
            .await
            .map_err(|_| FederationRefusal::Unavailable(Reason::TOKEN_UNREACHABLE))?;
        // A provider that says no to the code says so by a client error; what else it says is for its own log.
        if answer.status().is_client_error() {
            return Err(FederationRefusal::Invalid(Reason::LOGIN_CODE));
        }
        documents::read(answer).await.map_err(|error| {
            tracing::warn!(provider.id = %provider.id, error = %error, "A provider gave no tokens");
            FederationRefusal::Unavailable(Reason::TOKEN_ANSWER)
        })
    }

    /// The person's e-mail, if the provider says that it is verified: from the ID token, or from the userinfo endpoint.
    ///
    /// # Errors
    /// [`FederationRefusal::Unavailable`]; [`FederationRefusal::Invalid`] when the answer is about somebody else.
    pub async fn verified_email(
        &self,
        provider: &Provider,
        signed_in: &SignedIn,
    ) -> Result<Option<String>, FederationRefusal> {
        let token = &signed_in.token;
        if token.email.is_some() {
            return Ok(token.email.clone().filter(|_| token.email_verified));
        }
        let known = self.known(provider).await?;
        let (Some(endpoint), Some(access_token)) =
            (&known.metadata.userinfo_endpoint, &signed_in.access_token)
        else {
            return Ok(None);
        };
        let unavailable = |_| FederationRefusal::Unavailable(Reason::USERINFO);
        let request = self.0.client.get(endpoint.clone()).header(ACCEPT, "application/json");
        let answer = request.bearer_auth(access_token.expose_secret()).send().await.map_err(unavailable)?;
        let person: UserInfo =
            documents::read(answer).await.map_err(|_| FederationRefusal::Unavailable(Reason::USERINFO))?;
        // The access token is not bound to the ID token by anything but this (OIDC Core §5.3.2).
        if person.sub != token.sub {
            return Err(FederationRefusal::Invalid(Reason::USERINFO_SUB));
        }
        Ok(person.email.filter(|_| person.email_verified))
    }
}

/// The answer is of the provider that was asked: the code of one must not be shown to another, which may be the attacker's.
/// Before anything else of it is believed (RFC 9207 §2.4).
#[enforces(OIDC_TRANSACTION_BINDING)]
fn check_sender(
    iss: Option<&str>,
    provider: &Provider,
    metadata: &Metadata,
) -> Result<(), FederationRefusal> {
    let is_asked = iss.map_or(!metadata.names_itself, |iss| iss == provider.issuer);
    if is_asked { Ok(()) } else { Err(FederationRefusal::Invalid(Reason::LOGIN_ISS)) }
}

/// Both parts are form-encoded first (RFC 6749 §2.3.1).
fn basic(provider: &Provider, secret: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Zeroizing::new(format!("{}:{}", encoded(&provider.client_id), encoded(secret)));
    format!("Basic {}", STANDARD.encode(pair.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{UserInfo, basic};
    use crate::identity::federation::{providers::Provider, tests::provider};

    #[test]
    fn id_and_secret_are_encoded_before_they_are_joined() {
        let provider = Provider { client_id: "a:b c".into(), ..provider() };
        // a%3Ab+c:s3%3Acret
        assert_eq!(basic(&provider, "s3:cret"), "Basic YSUzQWIrYzpzMyUzQWNyZXQ=");
    }

    #[test]
    fn userinfo_says_what_it_says_in_any_shape() {
        let read = |verified: &str| {
            let text = format!(
                r#"{{"sub":"s","email":"a@b.example","email_verified":{verified},"address":{{"x":[1e9,null]}},"updated_at":"x"}}"#
            );
            serde_json::from_str::<UserInfo>(&text).unwrap()
        };
        assert!(read("true").email_verified);
        for no in ["null", "\"true\"", "1", "[true]", "{}"] {
            assert!(!read(no).email_verified, "{no}");
        }
    }
}
