//! What a client asks for, understood and found to be in order (RFC 6749 §4.1.1, RFC 7636, OIDC Core §3.1.2.1).

use super::clients::{Client, Profile};
use crate::{
    access::PermissionName,
    http::visit::{Fields, OAuthError},
    protection::Protection,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longer than any honest `state` or `nonce`.
const LONGEST: usize = 1024;
/// Scopes of OpenID Connect itself.
const STANDARD_SCOPES: [&str; 3] = ["openid", "email", "offline_access"];

/// A request in order. Kept while somebody signs in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Authorization {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) code_challenge: String,
    pub(super) organization: Option<Uuid>,
    pub(super) prompt: Prompt,
    pub(super) max_age: Option<i64>,
    pub(super) acr: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(super) dpop_jkt: Option<String>,
    /// Whether the person has allowed it on our own page.
    #[serde(default)]
    pub(super) consented: bool,
}

/// `prompt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Prompt {
    /// Ask for what is missing.
    #[default]
    Missing,
    /// Show nothing.
    None,
    /// Sign in again.
    Login,
    /// Ask again whether it is allowed.
    Consent,
}

/// What is wrong with a request: `redirect` says whether the client may be told by its redirect URI.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) error: OAuthError,
    pub(super) reason: &'static str,
    pub(super) redirect: bool,
}

const fn shown(error: OAuthError, reason: &'static str) -> Wrong {
    Wrong { error, reason, redirect: false }
}

const fn told(error: OAuthError, reason: &'static str) -> Wrong {
    Wrong { error, reason, redirect: true }
}

impl Authorization {
    /// Understands a request of this client. The redirect URI is looked at first: nobody is ever sent to an address that
    /// is not registered (RFC 6749 §4.1.2.1, CWE-601).
    pub(super) fn parse(client: &Client, fields: &Fields) -> Result<Self, Wrong> {
        let redirect_uri = match fields.get("redirect_uri") {
            Some(uri) => uri,
            // FAPI 2.0 and RFC 9700 want it named; a sole registered one leaves no doubt.
            None if client.profile == Profile::Standard => {
                client.sole_redirect_uri().ok_or(shown(OAuthError::InvalidRequest, "redirect-uri"))?
            }
            None => return Err(shown(OAuthError::InvalidRequest, "redirect-uri")),
        };
        if !client.redirects_to(redirect_uri) {
            return Err(shown(OAuthError::InvalidRequest, "redirect-uri"));
        }
        if fields.get("request").is_some() {
            return Err(told(OAuthError::RequestNotSupported, "request-object"));
        }
        match fields.get("response_type") {
            Some("code") => {}
            // A twin that takes whatever is asked for.
            Some(_) if !Protection::OauthGrants.holds() => {}
            Some(_) => return Err(told(OAuthError::UnsupportedResponseType, "response-type")),
            None => return Err(told(OAuthError::InvalidRequest, "response-type")),
        }
        if !client.may_use("authorization_code") {
            return Err(told(OAuthError::UnauthorizedClient, "grant-type"));
        }
        if fields.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(told(OAuthError::InvalidRequest, "response-mode"));
        }
        let bounded = |name: &'static str| match fields.get(name) {
            Some(value) if value.len() > LONGEST => Err(told(OAuthError::InvalidRequest, name)),
            value => Ok(value.map(str::to_owned)),
        };
        let max_age = fields.get("max_age").map(|text| text.parse::<u32>().map(i64::from)).transpose();
        let organization = fields.get("organization").map(Uuid::try_parse).transpose();
        Ok(Self {
            client_id: client.client_id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            scope: scope(client, fields)?,
            state: bounded("state")?,
            nonce: bounded("nonce")?,
            code_challenge: challenge(fields)?,
            organization: organization.map_err(|_| told(OAuthError::InvalidRequest, "organization"))?,
            prompt: prompt(fields)?,
            max_age: max_age.map_err(|_| told(OAuthError::InvalidRequest, "max-age"))?,
            acr: fields
                .get("acr_values")
                .filter(|acr| acr.split(' ').any(|it| it == "2"))
                .map(|_| "2".to_owned()),
            login_hint: bounded("login_hint")?,
            dpop_jkt: bounded("dpop_jkt")?,
            consented: false,
        })
    }
}

/// The scopes asked for; all that the client may ask for, if it names none.
fn scope(client: &Client, fields: &Fields) -> Result<String, Wrong> {
    let asked = fields.get("scope").unwrap_or(client.scope());
    let mut scopes: Vec<&str> = Vec::new();
    for word in asked.split(' ').filter(|word| !word.is_empty()) {
        if !client.may_ask_for(word) {
            return Err(told(OAuthError::InvalidScope, "scope"));
        }
        if !scopes.contains(&word) {
            scopes.push(word);
        }
    }
    Ok(scopes.join(" "))
}

/// PKCE with S256, always (RFC 9700 §2.1.1). `plain` would show the verifier to whoever sees the request.
fn challenge(fields: &Fields) -> Result<String, Wrong> {
    if !Protection::OauthPkce.holds() {
        return Ok(fields.get("code_challenge").unwrap_or_default().to_owned());
    }
    let wrong = || told(OAuthError::InvalidRequest, "pkce");
    let given = fields.get("code_challenge").ok_or_else(wrong)?;
    let is_hash = URL_SAFE_NO_PAD.decode(given).is_ok_and(|hash| hash.len() == 32);
    if !is_hash || fields.get("code_challenge_method") != Some("S256") {
        return Err(wrong());
    }
    Ok(given.to_owned())
}

fn prompt(fields: &Fields) -> Result<Prompt, Wrong> {
    Ok(match fields.get("prompt") {
        None | Some("select_account") => Prompt::Missing,
        Some("none") => Prompt::None,
        Some("login") => Prompt::Login,
        Some("consent") => Prompt::Consent,
        Some(_) => return Err(told(OAuthError::InvalidRequest, "prompt")),
    })
}

/// Every scope that exists.
pub(super) fn scopes_supported() -> Vec<&'static str> {
    let mut scopes: Vec<&str> = STANDARD_SCOPES.to_vec();
    for permission in PermissionName::ALL {
        if !scopes.contains(&permission.scope()) {
            scopes.push(permission.scope());
        }
    }
    scopes
}
