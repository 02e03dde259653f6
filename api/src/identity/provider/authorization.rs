//! What a client asks for, understood and found to be in order (RFC 6749 §4.1.1, RFC 7636, OIDC Core §3.1.2.1).

use super::{
    clients::{Client, Profile},
    hint::{self, Hint},
};
use crate::{
    access::PermissionName,
    audit::Reason,
    http::visit::{Fields, OAuthError},
    ids::AccountId,
    protection::{OAUTH_GRANTS, OAUTH_PKCE, OAUTH_REDIRECT_EXACT},
    service::Service,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use brigandine_enforce::enforces;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Scopes of OpenID Connect itself.
const STANDARD_SCOPES: [&str; 3] = ["openid", "email", "offline_access"];

/// A request in order. Kept while somebody signs in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Authorization {
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
    /// Whom the client means (`id_token_hint`).
    pub(super) hinted: Option<AccountId>,
}

/// `prompt`: a list of what to ask for, even if nothing is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Prompt {
    /// Show nothing.
    pub(super) none: bool,
    /// Sign in again; also by `select_account`, as whoever signs in chooses the account.
    pub(super) login: bool,
    /// Ask again whether it is allowed.
    pub(super) consent: bool,
}

/// What is wrong with a request: `redirect` says whether the client may be told by its redirect URI.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) error: OAuthError,
    pub(super) reason: Reason,
    pub(super) redirect: bool,
}

const fn shown(error: OAuthError, reason: Reason) -> Wrong {
    Wrong { error, reason, redirect: false }
}

pub(super) const fn told(error: OAuthError, reason: Reason) -> Wrong {
    Wrong { error, reason, redirect: true }
}

impl Authorization {
    /// Understands a request of this client, and whom it means.
    pub(super) fn read(service: &Service, client: &Client, fields: &Fields) -> Result<Self, Wrong> {
        let mut authorization = Self::parse(client, fields)?;
        authorization.hinted = match hint::read(service, client, fields.get("id_token_hint"))? {
            Hint::Account(account) => Some(account),
            // Nobody can tell whether it is whoever is signed in; with a page in between, they see for themselves.
            Hint::Forgotten if authorization.prompt.none => {
                return Err(told(OAuthError::LoginRequired, Reason::ID_TOKEN_HINT));
            }
            Hint::Forgotten | Hint::Anybody => None,
        };
        Ok(authorization)
    }

    /// Understands a request of this client. The redirect URI is looked at first: nobody is ever sent to an address that
    /// is not registered (RFC 6749 §4.1.2.1, CWE-601).
    fn parse(client: &Client, fields: &Fields) -> Result<Self, Wrong> {
        let redirect_uri = match fields.get("redirect_uri") {
            Some(uri) => uri,
            None if may_leave_out_redirect(client) => {
                client.sole_redirect_uri().ok_or(shown(OAuthError::InvalidRequest, Reason::REDIRECT_URI))?
            }
            None => return Err(shown(OAuthError::InvalidRequest, Reason::REDIRECT_URI)),
        };
        if !client.redirects_to(redirect_uri) {
            return Err(shown(OAuthError::InvalidRequest, Reason::REDIRECT_URI));
        }
        if fields.get("request").is_some() {
            return Err(told(OAuthError::RequestNotSupported, Reason::REQUEST_OBJECT));
        }
        let response_type = fields.get("response_type");
        check_response_type(response_type.ok_or(told(OAuthError::InvalidRequest, Reason::RESPONSE_TYPE))?)?;
        if !client.may_use("authorization_code") {
            return Err(told(OAuthError::UnauthorizedClient, Reason::GRANT_TYPE));
        }
        if fields.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(told(OAuthError::InvalidRequest, Reason::RESPONSE_MODE));
        }
        let given = |name: &str| fields.get(name).map(str::to_owned);
        let max_age = fields.get("max_age").map(|text| text.parse::<u32>().map(i64::from)).transpose();
        let organization = fields.get("organization").map(Uuid::try_parse).transpose();
        Ok(Self {
            client_id: client.client_id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            scope: scope(client, fields)?,
            state: given("state"),
            nonce: given("nonce"),
            code_challenge: challenge(fields)?,
            organization: organization.map_err(|_| told(OAuthError::InvalidRequest, Reason::ORGANIZATION))?,
            prompt: prompt(fields)?,
            max_age: max_age.map_err(|_| told(OAuthError::InvalidRequest, Reason::MAX_AGE))?,
            acr: fields
                .get("acr_values")
                .filter(|acr| acr.split(' ').any(|it| it == "2"))
                .map(|_| "2".to_owned()),
            login_hint: given("login_hint"),
            dpop_jkt: given("dpop_jkt"),
            hinted: None,
        })
    }
}

/// FAPI 2.0 and RFC 9700 §4.1.3 want the address named; of others a sole registered one leaves no doubt.
#[enforces(OAUTH_REDIRECT_EXACT, answers = true)]
fn may_leave_out_redirect(client: &Client) -> bool {
    client.profile == Profile::Standard
}

/// Only codes: whatever else would travel through the browser's address bar could be stolen there (RFC 9700 §2.1.2).
#[enforces(OAUTH_GRANTS)]
fn check_response_type(asked: &str) -> Result<(), Wrong> {
    if asked == "code" {
        Ok(())
    } else {
        Err(told(OAuthError::UnsupportedResponseType, Reason::RESPONSE_TYPE))
    }
}

/// The scopes asked for; all that the client may ask for, if it names none.
fn scope(client: &Client, fields: &Fields) -> Result<String, Wrong> {
    let asked = fields.get("scope").unwrap_or(client.scope());
    let mut scopes: Vec<&str> = Vec::new();
    for word in asked.split(' ').filter(|word| !word.is_empty()) {
        if !client.may_ask_for(word) {
            return Err(told(OAuthError::InvalidScope, Reason::SCOPE));
        }
        if !scopes.contains(&word) {
            scopes.push(word);
        }
    }
    Ok(scopes.join(" "))
}

/// PKCE with S256, always (RFC 9700 §2.1.1). `plain` would show the verifier to whoever sees the request.
#[enforces(OAUTH_PKCE, otherwise = crate::vulnerable::identity::any_challenge)]
fn challenge(fields: &Fields) -> Result<String, Wrong> {
    let wrong = || told(OAuthError::InvalidRequest, Reason::PKCE);
    let given = fields.get("code_challenge").ok_or_else(wrong)?;
    let is_hash = URL_SAFE_NO_PAD.decode(given).is_ok_and(|hash| hash.len() == 32);
    if !is_hash || fields.get("code_challenge_method") != Some("S256") {
        return Err(wrong());
    }
    Ok(given.to_owned())
}

/// OpenID Connect Core §3.1.2.1: values with spaces between, and `none` alone.
fn prompt(fields: &Fields) -> Result<Prompt, Wrong> {
    let wrong = || told(OAuthError::InvalidRequest, Reason::PROMPT);
    let mut prompt = Prompt::default();
    for word in fields.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(wrong()),
        }
    }
    if prompt.none && (prompt.login || prompt.consent) { Err(wrong()) } else { Ok(prompt) }
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
