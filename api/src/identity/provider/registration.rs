//! What an operator does from the command line: applications that people of every organization sign in to.

use super::{
    authorization::scopes_supported,
    client_keys::{ClientKeys, KeysError},
    clients::{ClientKind, NewClient, Profile, register},
};
use crate::{
    audit::{self, Actor, Event, EventName, Outcome},
    clock::Clock,
    ids::RequestId,
    store::{Store, prelude::*},
};
use serde::Serialize;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use url::{Host, Url};
use uuid::Uuid;

/// The longest identifier of an application.
const LONGEST_ID: usize = 100;
/// The longest address, in octets: it goes into a query and a header field.
const LONGEST_ADDRESS: usize = 2000;
/// What the identifiers of organizations' own programs start with.
const OF_PROGRAMS: &str = "ac_";
/// What applications may be registered for.
pub const GRANT_TYPES: [&str; 2] = ["authorization_code", "refresh_token"];

/// An application to register.
#[derive(Debug)]
pub struct Application {
    /// What it calls itself.
    pub client_id: String,
    /// What people know it as.
    pub name: String,
    /// Where codes may go.
    pub redirect_uris: Vec<String>,
    /// Where people may go after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens go.
    pub backchannel_logout_uri: Option<String>,
    /// How it may get tokens: `authorization_code`, `refresh_token`.
    pub grant_types: Vec<String>,
    /// What it may ask for; everything, if empty.
    pub scopes: Vec<String>,
    /// Its public keys: with them it is confidential, without them public.
    pub jwks: Option<Value>,
    /// Whether the provider holds it to the FAPI 2.0 Security Profile.
    pub fapi2: bool,
    /// Whether all of its tokens are bound to a key.
    pub dpop_bound: bool,
    /// Whether it is somebody else's, so that people are asked whether it may have what it asks for.
    pub third_party: bool,
}

/// A registered application.
#[derive(Debug, Serialize)]
pub struct Registered {
    client_id: String,
    kind: &'static str,
    scope: String,
}

/// Why nothing was registered.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// It could be mistaken for a person or for an organization's program.
    #[error(
        "the client id must be 1 to {LONGEST_ID} letters, digits, '.', '_' or '-', no UUID, and not begin with {OF_PROGRAMS}"
    )]
    ClientId,
    /// A name that no page could show.
    #[error("the name must be one line of 1 to 100 characters")]
    Name,
    /// No address, or one that codes must not be sent to.
    #[error(
        "{0:?} must be an https address without a fragment, written as browsers send it; public clients may also use http on \
         127.0.0.1 or [::1], or a scheme of their own with a dot in it"
    )]
    Address(String),
    /// Another grant type than there is for applications.
    #[error("the grant types of applications are authorization_code and refresh_token")]
    GrantType,
    /// There is none.
    #[error("an application needs at least one redirect URI")]
    NoRedirectUri,
    /// There is no such scope.
    #[error("there is no scope {0:?}")]
    Scope(String),
    /// Only who can keep a key can meet the profile.
    #[error("a client of the FAPI 2.0 Security Profile needs keys of its own (--jwks)")]
    Fapi2WithoutKeys,
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Registers an application, with its audit row.
///
/// # Errors
/// [`RegistrationError`].
pub async fn add(
    store: &Store,
    clock: Clock,
    application: Application,
) -> Result<Registered, RegistrationError> {
    let mut transaction = store.begin_identity(Mode::Write).await?;
    let registered = insert(&mut transaction, clock, application).await?;
    transaction.commit().await?;
    Ok(registered)
}

/// The same, as one of several.
///
/// # Errors
/// [`RegistrationError`].
pub async fn insert(
    transaction: &mut Transaction,
    clock: Clock,
    application: Application,
) -> Result<Registered, RegistrationError> {
    let scope = check(&application)?;
    let kind = if application.jwks.is_some() { ClientKind::Confidential } else { ClientKind::Public };
    let new = NewClient {
        client_id: &application.client_id,
        organization: None,
        member: None,
        name: &application.name,
        kind,
        profile: if application.fapi2 { Profile::Fapi2 } else { Profile::Standard },
        grant_types: &application.grant_types.join(" "),
        scope: &scope,
        redirect_uris: &application.redirect_uris,
        post_logout_redirect_uris: &application.post_logout_redirect_uris,
        backchannel_logout_uri: application.backchannel_logout_uri.as_deref(),
        jwks: application.jwks,
        dpop_bound: application.dpop_bound || application.fapi2,
        first_party: !application.third_party,
    };
    let id = register(transaction, clock, new).await?;
    let event = Event {
        organization: None,
        event: EventName::ClientRegistered,
        outcome: Outcome::Success,
        reason: None,
        operation: "clients",
        actor: Actor::default(),
        object_type: Some("client"),
        objects: vec![*id.as_uuid()],
        source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestId::random(),
        client_request: None,
    };
    audit::write(transaction, &event).await?;
    let kind = if kind == ClientKind::Public { "public" } else { "confidential" };
    Ok(Registered { client_id: application.client_id, kind, scope })
}

/// The scopes as they are stored, if everything is in order.
fn check(application: &Application) -> Result<String, RegistrationError> {
    if !is_client_id(&application.client_id) {
        return Err(RegistrationError::ClientId);
    }
    let length = application.name.chars().count();
    if !(1..=100).contains(&length) || application.name.chars().any(char::is_control) {
        return Err(RegistrationError::Name);
    }
    if application.grant_types.iter().any(|given| !GRANT_TYPES.contains(&given.as_str())) {
        return Err(RegistrationError::GrantType);
    }
    if application.redirect_uris.is_empty() {
        return Err(RegistrationError::NoRedirectUri);
    }
    match &application.jwks {
        Some(jwks) => drop(ClientKeys::parse(jwks)?),
        None if application.fapi2 => return Err(RegistrationError::Fapi2WithoutKeys),
        None => {}
    }
    let is_public = application.jwks.is_none();
    let browsers = application.redirect_uris.iter().chain(&application.post_logout_redirect_uris);
    let wrong = browsers
        .filter(|address| !is_address(address, is_public))
        .chain(application.backchannel_logout_uri.iter().filter(|address| !is_listener(address)));
    if let Some(wrong) = wrong.into_iter().next() {
        return Err(RegistrationError::Address(wrong.clone()));
    }
    let known = scopes_supported();
    if application.scopes.is_empty() {
        return Ok(known.join(" "));
    }
    match application.scopes.iter().find(|scope| !known.contains(&scope.as_str())) {
        Some(unknown) => Err(RegistrationError::Scope(unknown.clone())),
        None => Ok(application.scopes.join(" ")),
    }
}

/// A client that is called like an account would be taken for that person (RFC 9700 §4.15).
fn is_client_id(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let named = (1..=LONGEST_ID).contains(&text.len()) && Uuid::try_parse(text).is_err();
    plain && named && !text.starts_with(OF_PROGRAMS)
}

/// Whether answers may go to this address. It must be written as browsers and clients write it: what is asked for is
/// compared with it to the letter, so that an address in another spelling could never be asked for, and what a parser leaves
/// out or turns round (blanks, line breaks, backslashes) must not stand in a `Location`.
fn is_address(text: &str, is_public: bool) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    let fits = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback && is_public,
        // An installed program's own scheme is a reversed domain name, so that no two share one by accident (RFC 8252 §7.1).
        scheme => scheme.contains('.') && is_public,
    };
    let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    fits && plain && text.len() <= LONGEST_ADDRESS && is_spelled_as_sent(text, &url)
}

/// The parser adds a path where there is none, and changes nothing else.
fn is_spelled_as_sent(text: &str, url: &Url) -> bool {
    let sent = url.as_str();
    sent == text || (url.path() == "/" && sent.strip_suffix('/') == Some(text))
}

/// Whether logout tokens can be sent there: by TLS, or on the same machine.
fn is_listener(text: &str) -> bool {
    is_address(text, true) && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::{is_address, is_client_id};

    #[test]
    fn nobody_is_called_like_a_person_or_another_program() {
        assert!(is_client_id("clinic-app.2"));
        for wrong in ["", "a b", "6f1c0a0e-0000-4000-8000-000000000000", "ac_1", &"a".repeat(101), "ä"] {
            assert!(!is_client_id(wrong), "{wrong}");
        }
    }

    #[test]
    fn codes_go_over_tls_or_stay_on_the_device() {
        assert!(is_address("https://app.test/callback?x=1", false));
        assert!(is_address("http://127.0.0.1:4711/callback", true));
        assert!(is_address("http://[::1]/callback", true));
        assert!(is_address("http://[::1]:4711/callback", true));
        assert!(is_address("http://127.0.0.1", true));
        assert!(is_address("org.clinic.app:/callback", true));
        for wrong in [
            "http://app.test/callback",
            "http://localhost/callback",
            "https://app.test/#top",
            "https://me@app.test/",
            "javascript:alert(1)",
            "app:/callback",
            "/callback",
            "https://app.test/call back",
            " https://app.test/callback",
            "https://app.test/call\nback",
            "https:\\\\app.test\\callback",
            "https://APP.test/callback",
            "https://app.test:443/callback",
            "https://app.test/a/../callback",
            "https://ärzte.test/callback",
            "https:app.test/callback",
            &format!("https://app.test/{}", "a".repeat(2000)),
        ] {
            assert!(!is_address(wrong, true), "{wrong:?}");
        }
        assert!(!is_address("http://127.0.0.1/callback", false), "confidential");
        assert!(super::is_listener("https://app.test/logout"));
        assert!(!super::is_listener("org.clinic.app:/logout"));
    }
}
