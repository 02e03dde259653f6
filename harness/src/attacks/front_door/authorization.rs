//! An application's way to tokens: authorization code with PKCE (RFC 6749 §4.1, RFC 7636).

use super::{
    Browser,
    browser::{form, hidden},
};
use crate::{
    arena::Application,
    client::{Answer, Request, Wire},
    verdict::AttackError,
};
use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use std::sync::Arc;
use url::form_urlencoded;
use uuid::Uuid;

/// A request for a code, in order unless an attack bends it.
#[derive(Clone)]
pub struct Authorization {
    wire: Arc<Wire>,
    application: Application,
    verifier: String,
    parameters: Vec<(String, String)>,
}

/// What an application was given.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The ID token.
    pub id: String,
}

impl Tokens {
    /// The tokens in an answer of the token endpoint.
    #[must_use]
    pub fn of(answer: &Answer) -> Option<Self> {
        let text = |pointer| answer.string(pointer);
        (answer.status == 200).then_some(())?;
        Some(Self {
            access: text("/access_token")?,
            refresh: text("/refresh_token").unwrap_or_default(),
            id: text("/id_token").unwrap_or_default(),
        })
    }
}

impl Authorization {
    pub(super) fn new(wire: Arc<Wire>, application: Application) -> Self {
        let verifier = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let challenge = BASE64URL.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        let parameters = [
            ("client_id", application.client_id),
            ("response_type", "code"),
            ("redirect_uri", application.redirect_uri),
            ("scope", "openid profile:read organization:read sessions:read sessions:write"),
            ("state", "state-of-the-application"),
            ("nonce", "nonce-of-the-application"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { wire, application, verifier, parameters }
    }

    /// Sets a parameter of the authorization request.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a parameter beside whatever has that name already.
    #[must_use]
    pub fn also(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a parameter out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(given, _)| given != name);
        self
    }

    /// The value of a parameter; empty when it is not there.
    #[must_use]
    pub fn parameter_of(&self, name: &str) -> String {
        let found = self.parameters.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The secret behind the challenge.
    #[must_use]
    pub fn verifier(&self) -> &str {
        &self.verifier
    }

    /// The parameters as a query or form.
    #[must_use]
    pub fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.parameters).finish()
    }

    /// The request that the application sends the browser with.
    #[must_use]
    pub fn request(&self, browser: &Browser) -> Request {
        browser.get(&format!("/oauth2/authorize?{}", self.query()))
    }

    /// The same, pushed by the application itself (RFC 9126).
    #[must_use]
    pub fn pushed(&self) -> Request {
        Request::new(self.wire.clone(), "POST", "/oauth2/par")
            .body("application/x-www-form-urlencoded", self.query())
    }

    /// Lets the signed-in person's browser get a code.
    ///
    /// # Errors
    /// When there is none.
    pub async fn code(&self, browser: &Browser) -> Result<String, AttackError> {
        let mut answer = browser.send(&self.request(browser)).await?;
        // A third party's request is confirmed on a page.
        if answer.status == 200
            && let (Some(csrf), Some(transaction)) = (hidden(&answer, "csrf"), hidden(&answer, "transaction"))
        {
            let fields = [("csrf", csrf.as_str()), ("transaction", &transaction), ("decision", "allow")];
            answer = browser.send(&browser.post("/oauth2/consent", &fields)).await?;
        }
        code_in(&answer).ok_or_else(|| {
            let place = answer.leads_to().unwrap_or_default().split('?').next_back().unwrap_or_default();
            AttackError::Setup(format!("no code came, but {} {place}", answer.summary()))
        })
    }

    /// The form that changes a code for tokens.
    #[must_use]
    pub fn exchange(&self, code: &str) -> Request {
        self.token_request(&[
            ("grant_type", "authorization_code"),
            ("client_id", self.application.client_id),
            ("code", code),
            ("redirect_uri", self.application.redirect_uri),
            ("code_verifier", &self.verifier),
        ])
    }

    /// The form that changes a refresh token for new tokens.
    #[must_use]
    pub fn refresh(&self, refresh_token: &str) -> Request {
        self.token_request(&[
            ("grant_type", "refresh_token"),
            ("client_id", self.application.client_id),
            ("refresh_token", refresh_token),
        ])
    }

    /// Any form to the token endpoint.
    #[must_use]
    pub fn token_request(&self, fields: &[(&str, &str)]) -> Request {
        self.post("/oauth2/token", fields)
    }

    /// Any form to an OAuth endpoint, as an application's server sends it.
    #[must_use]
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        Request::new(self.wire.clone(), "POST", path).body("application/x-www-form-urlencoded", form(fields))
    }

    /// From the signed-in person's browser to tokens.
    ///
    /// # Errors
    /// When there are none.
    pub async fn tokens(&self, browser: &Browser) -> Result<Tokens, AttackError> {
        let code = self.code(browser).await?;
        let answer = self.exchange(&code).send_patiently().await?;
        Tokens::of(&answer).ok_or_else(|| {
            AttackError::Setup(format!("the code gave no tokens: {} {}", answer.status, answer.text()))
        })
    }
}

/// The code in a redirection, if there is one.
#[must_use]
pub(in crate::attacks) fn code_in(answer: &Answer) -> Option<String> {
    parameter(answer.leads_to()?, "code")
}

/// A parameter of an address.
fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.into_owned())
}
